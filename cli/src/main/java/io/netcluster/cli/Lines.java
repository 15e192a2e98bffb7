package io.netcluster.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The lines that come from a channel; none is longer than was agreed. One thread. */
final class Lines {
    private final ReadableByteChannel channel;
    private final ByteBuffer buffer;

    /** A line is longer than was agreed. */
    static final class TooLongException extends IOException {
        private static final long serialVersionUID = 1;

        TooLongException(int longest) {
            super("a line is longer than " + longest + " bytes");
        }
    }

    /**
     * Of a channel, which stays the caller's.
     *
     * @param longest how many bytes a line may have, its line feed included
     */
    Lines(ReadableByteChannel channel, int longest) {
        this.channel = channel;
        this.buffer = ByteBuffer.allocate(longest).limit(0);
    }

    /**
     * Waits for the next line, and returns it without its line feed; null at the end, which also ends a line that has
     * none.
     *
     * @throws TooLongException if the line is too long
     * @throws CharacterCodingException if it is not UTF-8
     */
    @Nullable
    String next() throws IOException {
        int searched = 0;
        while (true) {
            for (int i = buffer.position() + searched; i < buffer.limit(); i++) {
                if (buffer.get(i) == '\n') {
                    var line = decode(buffer.slice(buffer.position(), i - buffer.position()));
                    buffer.position(i + 1);
                    return line;
                }
            }
            searched = buffer.remaining();
            buffer.compact();
            if (!buffer.hasRemaining()) {
                throw new TooLongException(buffer.capacity());
            }
            int n = channel.read(buffer);
            buffer.flip();
            if (n < 0) {
                if (!buffer.hasRemaining()) {
                    return null;
                }
                var last = decode(buffer.slice());
                buffer.position(buffer.limit());
                return last;
            }
        }
    }

    private static String decode(ByteBuffer bytes) throws CharacterCodingException {
        return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    }
}
