package io.netcluster.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The kernel's own view of who listens, from /proc/net (proc_net(5)). */
final class KernelSockets {
    private static final String LISTEN = "0A"; // TCP_LISTEN in net/tcp_states.h

    private KernelSockets() {}

    /**
     * A listening TCP socket.
     *
     * @param inode what tells one socket from another
     * @param queued how many connections wait in it to be accepted
     */
    record Listening(long inode, int queued) {}

    /** All that listen on the port, each once however many processes have it. */
    static List<Listening> on(int port) {
        var found = new ArrayList<Listening>();
        for (var table : List.of("tcp", "tcp6")) {
            for (var line : lines(table)) {
                // sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode
                var words = line.trim().split("\\s+");
                if (words[3].equals(LISTEN) && words[1].endsWith(String.format(":%04X", port))) {
                    int queued = Integer.parseInt(words[4].substring(words[4].indexOf(':') + 1), 16);
                    found.add(new Listening(Long.parseLong(words[9]), queued));
                }
            }
        }
        return found;
    }

    private static List<String> lines(String table) {
        try {
            var lines = Files.readAllLines(Path.of("/proc/net", table));
            return lines.subList(1, lines.size());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How many connections wait to be accepted on the port. */
    static int queued(int port) {
        return on(port).stream().mapToInt(Listening::queued).sum();
    }

    /** Whether each thread of the process is stopped. */
    static boolean isStopped(long pid) {
        try (var threads = Files.list(Path.of("/proc", String.valueOf(pid), "task"))) {
            return threads.allMatch(thread -> state(thread) == 'T');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** proc_pid_stat(5): pid, (name), state. */
    private static char state(Path thread) {
        try {
            var stat = Files.readString(thread.resolve("stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2);
        } catch (IOException e) {
            return 'T'; // it has ended, and does nothing any more
        }
    }
}
