package io.netcluster.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The kernel's own view of sockets, from /proc/net (proc_net(5)) and /proc/pid. */
public final class KernelSockets {
    private static final String LISTEN = "0A"; // TCP_LISTEN in net/tcp_states.h
    private static final Pattern DROPS = Pattern.compile("skmem:\\(.*,d(\\d+)");
    private static final Pattern SOCKET = Pattern.compile("socket:\\[(\\d+)]");
    private static final String UNCONNECTED = "07"; // TCP_CLOSE

    private KernelSockets() {}

    /**
     * A socket that is bound to a port.
     *
     * @param inode what tells one socket from another
     * @param queued how many connections, or bytes, wait in it
     */
    record Bound(long inode, int queued) {}

    /** All that listen on the TCP port, each once however many processes have it. */
    static List<Bound> on(int port) {
        return bound("tcp", port, LISTEN);
    }

    /** The UDP sockets that are bound to the port, and connected to nobody. */
    static List<Bound> datagram(int port) {
        return bound("udp", port, UNCONNECTED);
    }

    /** How many sockets listen on each TCP port there is, by its number. */
    public static int[] listeners() {
        var counts = new int[0x10000];
        rows("tcp").stream().filter(row -> row.state.equals(LISTEN)).forEach(row -> counts[row.port]++);
        return counts;
    }

    private static List<Bound> bound(String protocol, int port, String state) {
        return rows(protocol).stream()
                .filter(row -> row.port == port && row.state.equals(state))
                .map(row -> row.socket)
                .toList();
    }

    private record Row(int port, int peer, String state, Bound socket) {}

    private static List<Row> rows(String protocol) {
        var found = new ArrayList<Row>();
        for (var table : List.of(protocol, protocol + "6")) {
            for (var line : lines(table)) {
                // sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode
                var words = line.trim().split("\\s+");
                found.add(new Row(
                        second(words[1]),
                        second(words[2]),
                        words[3],
                        new Bound(Long.parseLong(words[9]), second(words[4]))));
            }
        }
        return found;
    }

    private static int second(String pair) {
        return Integer.parseInt(pair.substring(pair.indexOf(':') + 1), 16);
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
        return on(port).stream().mapToInt(Bound::queued).sum();
    }

    /**
     * How many connections the kernel has dropped that the queue of the port's listener had no room for. This is the
     * socket's own share of ListenDrops, which counts those of all: the d of skmem in ss(8), sk_drops in the kernel.
     */
    static int dropped(int port) throws IOException {
        var ss = new ProcessBuilder("ss", "-Hltnm", "sport = :" + port).start();
        var said = new String(ss.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        var drops = DROPS.matcher(said);
        if (!drops.find()) {
            throw new IOException("no drops of port " + port + " in: " + said);
        }
        return Integer.parseInt(drops.group(1));
    }

    /** Whether a process has the socket open. */
    static boolean has(long pid, Bound socket) {
        return sockets(pid).contains(socket.inode);
    }

    /** The clients' ports of the connections that a process has accepted from the port and not closed. */
    static Set<Integer> accepted(long pid, int port) {
        var sockets = sockets(pid);
        return rows("tcp").stream()
                .filter(row -> row.port == port && row.peer != 0 && sockets.contains(row.socket.inode))
                .map(Row::peer)
                .collect(Collectors.toSet());
    }

    /** The inodes of all sockets that a process has open: none when it has ended. */
    private static Set<Long> sockets(long pid) {
        try (var numbers = Files.list(Path.of("/proc", String.valueOf(pid), "fd"))) {
            return numbers.map(KernelSockets::target)
                    .map(SOCKET::matcher)
                    .filter(Matcher::matches)
                    .map(socket -> Long.valueOf(socket.group(1)))
                    .collect(Collectors.toSet());
        } catch (IOException e) {
            return Set.of();
        }
    }

    /** Whether an epoll set of the process watches the socket: /proc/pid/fdinfo, with the inode in hexadecimal. */
    static boolean isWatched(long pid, Bound socket) throws IOException {
        var mark = " ino:" + Long.toHexString(socket.inode) + " ";
        try (var numbers = Files.list(Path.of("/proc", String.valueOf(pid), "fdinfo"))) {
            for (var number : numbers.toList()) {
                if (Files.exists(number)
                        && Files.readAllLines(number).stream()
                                .anyMatch(line -> line.startsWith("tfd:") && line.contains(mark))) {
                    return true;
                }
            }
        }
        return false;
    }

    private static String target(Path number) {
        try {
            return Files.readSymbolicLink(number).toString();
        } catch (IOException e) {
            return ""; // closed meanwhile
        }
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
