package io.netcluster.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Whether this process prints to systemd's journal, without a pipe between: JOURNAL_STREAM in systemd.exec(5).
 *
 * @param out whether standard output is such a stream
 * @param err whether standard error is
 * @param others whether a process of its can have a stream of its own there, by {@code systemd-cat}
 */
record JournalStream(boolean out, boolean err, boolean others) {
    static final JournalStream NONE = new JournalStream(false, false, false);

    /** Where journald listens for streams: systemd-journald.service(8). */
    private static final Path JOURNALD = Path.of("/run/systemd/journal/stdout");

    /** Looks at this process. The variable alone says nothing: who started it may have redirected its output. */
    static JournalStream of(Map<String, String> environment) {
        var stream = environment.get("JOURNAL_STREAM");
        return stream == null
                ? NONE
                : new JournalStream(stream.equals(identity(1)), stream.equals(identity(2)), others(environment));
    }

    /** Not if it prints to the journal of a namespace: systemd-cat would open a stream to the machine's. */
    private static boolean others(Map<String, String> environment) {
        return !environment.containsKey("LOG_NAMESPACE")
                && Files.exists(JOURNALD)
                && Stream.of(environment.getOrDefault("PATH", "").split(File.pathSeparator))
                        .anyMatch(directory -> Files.isExecutable(Path.of(directory, "systemd-cat")));
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
