package io.netcluster.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Whether this process prints to systemd's journal, without a pipe between: JOURNAL_STREAM in systemd.exec(5).
 *
 * @param out whether standard output is such a stream
 * @param err whether standard error is
 * @param cat the {@code systemd-cat} by which another process has a stream of its own there; null if none can
 */
record JournalStream(boolean out, boolean err, @Nullable Path cat) {
    static final JournalStream NONE = new JournalStream(false, false, null);

    /** Where journald listens for streams: systemd-journald.service(8). */
    private static final Path JOURNALD = Path.of("/run/systemd/journal/stdout");

    /** Looks at this process. The variable alone says nothing: who started it may have redirected its output. */
    static JournalStream of(Map<String, String> environment) {
        var stream = environment.get("JOURNAL_STREAM");
        return stream == null
                ? NONE
                : new JournalStream(stream.equals(identity(1)), stream.equals(identity(2)), cat(environment));
    }

    /** Not if it prints to the journal of a namespace: systemd-cat would open a stream to the machine's. */
    private static @Nullable Path cat(Map<String, String> environment) {
        if (environment.containsKey("LOG_NAMESPACE") || !Files.exists(JOURNALD)) {
            return null;
        }
        return Stream.of(environment.getOrDefault("PATH", "").split(File.pathSeparator))
                .map(directory -> Path.of(directory, "systemd-cat").toAbsolutePath())
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
    }

    private static String identity(int descriptor) {
        try {
            var file = Files.readAttributes(Path.of("/proc/self/fd", String.valueOf(descriptor)), "unix:dev,ino");
            return file.get("dev") + ":" + file.get("ino");
        } catch (IOException e) {
            return "closed";
        }
    }
}
