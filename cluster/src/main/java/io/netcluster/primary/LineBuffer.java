package io.netcluster.primary;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** One line of a worker's output as it grows, with its prefix. */
final class LineBuffer {
    private static final String PICKED_UP = "NOTE: Picked up " + Program.LAUNCHER_OPTIONS + ": \"-javaagent:";

    private final byte[] prefix;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    LineBuffer(byte[] prefix) {
        this.prefix = prefix;
        bytes.writeBytes(prefix);
    }

    void write(byte b) {
        bytes.write(b);
    }

    int size() {
        return bytes.size();
    }

    boolean hasText() {
        return bytes.size() > prefix.length;
    }

    /**
     * The line with its end, and begins the next.
     *
     * @return nothing, if it is only the java launcher's note that it found our own options, which no program printed
     */
    byte[] take() {
        var line = bytes.toByteArray();
        bytes.reset();
        bytes.writeBytes(prefix);
        if (isLaunchersNote(line)) {
            return new byte[0];
        }
        if (line[line.length - 1] == '\n') {
            return line;
        }
        var ended = java.util.Arrays.copyOf(line, line.length + 1);
        ended[line.length] = '\n';
        return ended;
    }

    /** What the program printed of a line that was taken. */
    String withoutPrefix(byte[] line) {
        return new String(line, prefix.length, line.length - prefix.length, StandardCharsets.UTF_8);
    }

    private boolean isLaunchersNote(byte[] line) {
        var text = withoutPrefix(line);
        int end = text.indexOf('"', PICKED_UP.length());
        return text.startsWith(PICKED_UP)
                && end > 0
                && AgentJar.isAgent(Path.of(text.substring(PICKED_UP.length(), end)));
    }
}
