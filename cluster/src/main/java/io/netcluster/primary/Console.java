package io.netcluster.primary;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The primary's standard output and error: the workers' lines, each with its slot before it, and the primary's own.
 *
 * <p>Lines are written whole, as bytes, by whoever reads them from a worker; the primary's own go through a queue, so
 * that a terminal that does not read holds up no bind. A stream that cannot be written to (a full disk, a closed pipe)
 * loses its lines and nothing else.
 */
public final class Console {
    private static final int[] COLOURS = {36, 33, 32, 35, 34, 31}; // cyan, yellow, green, magenta, blue, red
    private static final int LONGEST_LINE = 64 * 1024;

    private final OutputStream out;
    private final OutputStream err;
    private final boolean colour;
    private final BlockingQueue<String> own = new LinkedBlockingQueue<>();
    private final Object quiet = new Object();
    private long pending;

    /** Over two streams, with colour or without. */
    public Console(OutputStream out, OutputStream err, boolean colour) {
        this.out = out;
        this.err = err;
        this.colour = colour;
        var thread = new Thread(this::writeOwn, "netcluster-console");
        thread.setDaemon(true);
        thread.start();
    }

    /** Says something of the primary's own, on standard error; does not block. */
    public void say(String line) {
        synchronized (quiet) {
            pending++;
        }
        own.add(line);
    }

    /** Waits until everything said is written, for a bounded time. */
    void flush() throws InterruptedException {
        long deadline = System.nanoTime() + 1_000_000_000L;
        synchronized (quiet) {
            while (pending > 0 && System.nanoTime() < deadline) {
                quiet.wait(100);
            }
        }
    }

    private void writeOwn() {
        try {
            while (true) {
                write(err, ("netcluster: " + own.take() + "\n").getBytes(StandardCharsets.UTF_8));
                synchronized (quiet) {
                    pending--;
                    quiet.notifyAll();
                }
            }
        } catch (InterruptedException e) {
            return; // nobody does
        }
    }

    /** Copies a worker's stream, line by line, until it ends. Blocks. */
    void copy(InputStream from, boolean error, int slot, LastLines last) {
        var prefix = prefix(slot);
        var line = new LineBuffer(prefix);
        var to = error ? err : out;
        var chunk = new byte[8192];
        try (from) {
            for (int n = from.read(chunk); n >= 0; n = from.read(chunk)) {
                for (int i = 0; i < n; i++) {
                    line.write(chunk[i]);
                    if (chunk[i] == '\n' || line.size() > LONGEST_LINE) {
                        emit(to, line, last);
                    }
                }
            }
        } catch (IOException e) {
            // the pipe breaks when the worker dies, which its exit tells
        }
        if (line.hasText()) {
            emit(to, line, last);
        }
    }

    private void emit(OutputStream to, LineBuffer line, LastLines last) {
        var text = line.take();
        if (text.length > 0) {
            last.add(line.withoutPrefix(text));
            write(to, text);
        }
    }

    private void write(OutputStream to, byte[] line) {
        try {
            synchronized (to) {
                to.write(line);
                to.flush();
            }
        } catch (IOException e) {
            // there is nowhere to say so; the workers go on
        }
    }

    private byte[] prefix(int slot) {
        var text = "[" + slot + "] ";
        var coloured = "\u001b[" + COLOURS[(slot - 1) % COLOURS.length] + "m" + text + "\u001b[0m";
        return (colour ? coloured : text).getBytes(StandardCharsets.US_ASCII);
    }
}
