package io.netcluster.primary;

import io.netcluster.sys.Processes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The duty of process 1: whose parent dies becomes its child, and must be waited for, or stays a zombie for ever.
 *
 * <p>Workers are left to the JDK, which waits for them by itself.
 */
final class Orphans {
    private Orphans() {}

    /** Takes this process's dead children out of the process table, but for these. */
    static void reap(List<Long> workers) {
        try (var numbers = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (var number : numbers) {
                long pid = Long.parseLong(number.getFileName().toString());
                if (!workers.contains(pid) && isDeadChild(number)) {
                    Processes.reap(pid);
                }
            }
        } catch (IOException e) {
            // without /proc there is no telling who is a child; nothing but zombies comes of it
        }
    }

    /** proc_pid_stat(5): pid, (name), state, parent. The name may hold anything, even parentheses. */
    private static boolean isDeadChild(Path process) {
        try {
            var stat = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
            var rest = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return rest[0].equals("Z")
                    && Long.parseLong(rest[1]) == ProcessHandle.current().pid();
        } catch (IOException e) {
            return false; // it has gone meanwhile
        }
    }
}
