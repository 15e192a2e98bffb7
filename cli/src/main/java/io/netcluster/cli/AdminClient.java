package io.netcluster.cli;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/** A request that is being answered by a primary. */
final class AdminClient implements AutoCloseable {
    private static final int LONGEST_ANSWER = 4 * 1024 * 1024;

    private final SocketChannel channel;
    private final Lines lines;

    private AdminClient(SocketChannel channel) {
        this.channel = channel;
        this.lines = new Lines(channel, LONGEST_ANSWER);
    }

    /**
     * Asks.
     *
     * @throws IOException if nobody listens there
     */
    static AdminClient ask(Path socket, AdminRequest request) throws IOException {
        var bytes = ByteBuffer.wrap((request.format() + "\n").getBytes(StandardCharsets.UTF_8));
        var channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            // it has refused before it was asked: its answer can be read
        }
        return new AdminClient(channel);
    }

    /** Waits for the next line of the answer; null if the primary has gone. The last one has a key {@code exit}. */
    @Nullable
    ObjectNode next() throws IOException {
        var line = lines.next();
        if (line == null) {
            return null;
        }
        try {
            if (Json.MAPPER.readTree(line) instanceof ObjectNode object) {
                return object;
            }
        } catch (JacksonException e) {
            // told below
        }
        throw new IOException("the primary has answered with something that is no answer: "
                + line.substring(0, Math.min(100, line.length())));
    }

    @Override
    public void close() {
        Answers.close(channel);
    }
}
