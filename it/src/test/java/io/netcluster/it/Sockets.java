package io.netcluster.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the kernel tells of sockets: /proc/net/tcp and /proc/pid/fd. */
final class Sockets {
    private static final String LISTEN = "0A"; // TCP_LISTEN, net/tcp_states.h
    private static final String UNCONNECTED = "07"; // TCP_CLOSE

    private Sockets() {}

    /** The inodes of the sockets that listen on a port. */
    static List<String> listening(int port) throws IOException {
        return inodes("tcp", port, LISTEN);
    }

    /** The inodes of the UDP sockets that are bound to a port, and connected to nobody. */
    static List<String> datagram(int port) throws IOException {
        return inodes("udp", port, UNCONNECTED);
    }

    private static List<String> inodes(String protocol, int port, String state) throws IOException {
        var inodes = new ArrayList<String>();
        for (var table : List.of("/proc/net/" + protocol, "/proc/net/" + protocol + "6")) {
            for (var line : Files.readAllLines(Path.of(table))) {
                var words = line.trim().split("\\s+");
                if (words[1].endsWith(String.format(":%04X", port)) && words[3].equals(state)) {
                    inodes.add(words[9]);
                }
            }
        }
        return inodes;
    }

    /** Whether a process has the socket open. */
    static boolean has(long pid, String inode) {
        return count(pid, inode) > 0;
    }

    private static long count(long pid, String inode) {
        try (var numbers = Files.list(Path.of("/proc", String.valueOf(pid), "fd"))) {
            return numbers.filter(number -> isSocket(number, inode)).count();
        } catch (IOException e) {
            return 0; // the process has ended
        }
    }

    /** Whether an epoll set of the process watches the socket: /proc/pid/fdinfo, with the inode in hexadecimal. */
    static boolean isWatched(long pid, String inode) throws IOException {
        var mark = " ino:" + Long.toHexString(Long.parseLong(inode)) + " ";
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

    private static boolean isSocket(Path number, String inode) {
        try {
            return Files.readSymbolicLink(number).toString().equals("socket:[" + inode + "]");
        } catch (IOException e) {
            return false; // closed meanwhile
        }
    }
}
