package io.netcluster.it.programs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What one process did with ports, a line each, in a file that outlives a kill -9. The times are CLOCK_MONOTONIC's, which
 * all processes of the machine share; {@link PortBook} reads all journals.
 *
 * <p>Who opens something writes it down afterwards, and who closes something before, so that what is open by the journals
 * is open indeed.
 */
final class PortJournal implements AutoCloseable {
    private final FileChannel file;

    PortJournal(Path directory, int slot) throws IOException {
        file = FileChannel.open(
                directory.resolve(slot + "-" + ProcessHandle.current().pid()),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE);
    }

    void opened(int port, String whose) {
        write("open", System.nanoTime(), port, whose);
    }

    void leased(int port, String whose) {
        write("leased", System.nanoTime(), port, whose);
    }

    void closing(int port, String whose) {
        write("closing", System.nanoTime(), port, whose);
    }

    /** By those who have served it, when they are done: an accept may be under way as its socket is closed. */
    void closed(int port, String whose) {
        write("closed", System.nanoTime(), port, whose);
    }

    void killing(int slot, long pid) {
        write("killing", System.nanoTime(), slot, String.valueOf(pid));
    }

    void killed(int slot, long pid) {
        write("killed", System.nanoTime(), slot, String.valueOf(pid));
    }

    /** A connection out: the port it had itself or 0 if it came to nothing, the one it went to, and what was answered. */
    void connected(long began, long established, long ending, int own, int port, String answer) {
        write("connection", ending, port, began + " " + established + " " + own + " " + answer);
    }

    private synchronized void write(String what, long at, int number, String more) {
        try {
            var line = what + " " + at + " " + number + " " + more + "\n";
            file.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
