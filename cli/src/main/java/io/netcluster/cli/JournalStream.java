package io.netcluster.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Whether this process prints to systemd's journal, without a pipe between: JOURNAL_STREAM in systemd.exec(5).
 *
 * @param out whether standard output is such a stream
 * @param err whether standard error is
 */
record JournalStream(boolean out, boolean err) {
    static final JournalStream NONE = new JournalStream(false, false);

    /** Looks at this process. The variable alone says nothing: who started it may have redirected its output. */
    static JournalStream of(Map<String, String> environment) {
        var stream = environment.get("JOURNAL_STREAM");
        return stream == null ? NONE : new JournalStream(stream.equals(identity(1)), stream.equals(identity(2)));
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
