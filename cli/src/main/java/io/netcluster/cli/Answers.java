package io.netcluster.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.node.ObjectNode;

/** Where the lines of an answer go: an end of a connection, which is closed when the other end does not read. */
final class Answers {
    private static final long PATIENCE_SECONDS = 10;

    private final SocketChannel channel;
    private final ScheduledExecutorService clock;
    private boolean ended;

    Answers(SocketChannel channel, ScheduledExecutorService clock) {
        this.channel = channel;
        this.clock = clock;
    }

    /**
     * Writes a line that is not the last. Blocks.
     *
     * @throws IOException if the asker has gone, or does not read
     */
    synchronized void line(ObjectNode line) throws IOException {
        if (ended) {
            return;
        }
        var late = clock.schedule(() -> close(channel), PATIENCE_SECONDS, TimeUnit.SECONDS);
        try {
            var bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } finally {
            late.cancel(false);
        }
    }

    /** Writes the last line; what comes after it is left out. */
    synchronized void end(ObjectNode line) throws IOException {
        line(line);
        ended = true;
    }

    /** Writes the last line, of nothing but the status. */
    void end(int status) throws IOException {
        end(Json.object().put("exit", status));
    }

    /** Has something done when the asker goes, by a thread of its own. */
    void whenGone(Runnable task) {
        Thread.ofVirtual().name("netcluster-admin-gone").start(() -> {
            var nothing = ByteBuffer.allocate(512);
            try {
                while (channel.read(nothing.clear()) >= 0) {
                    // an asker has nothing more to say
                }
            } catch (IOException e) {
                // it is gone all the same
            }
            task.run();
        });
    }

    static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // it is of no use any more, closed or not
        }
    }
}
