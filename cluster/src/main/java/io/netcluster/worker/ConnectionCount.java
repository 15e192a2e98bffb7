package io.netcluster.worker;

import io.netcluster.wire.Address.Transport;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * What the kernel tells of connections to some listeners: those that this process has open, and handshakes under way
 * (proc_net(5)).
 */
final class ConnectionCount {
    private static final int ESTABLISHED = 1; // net/tcp_states.h
    private static final int SYN_RECV = 3;
    private static final Set<Integer> OPEN = Set.of(ESTABLISHED, 4, 5, 8); // FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT
    private static final String CONNECTED = "03"; // SS_CONNECTED, uapi/linux/net.h

    private final Set<Integer> ports = new HashSet<>();
    private final Set<String> paths = new HashSet<>();
    private final Set<Integer> handshakes = new HashSet<>(); // by port
    private final Set<String> inodes = new HashSet<>();
    private int open;

    private ConnectionCount(Collection<Listener> listeners) {
        for (var listener : listeners) {
            var address = listener.address();
            if (address.transport() == Transport.UNIX) {
                paths.add(new String(address.bytes(), StandardCharsets.ISO_8859_1).replace('\0', '@'));
            } else {
                ports.add(address.port());
            }
        }
    }

    /** Looks now. */
    static ConnectionCount of(Collection<Listener> listeners) throws IOException {
        var count = new ConnectionCount(listeners);
        if (!count.ports.isEmpty()) {
            count.readTcp("tcp");
            count.readTcp("tcp6");
        }
        if (!count.paths.isEmpty()) {
            count.readUnix();
        }
        if (!count.inodes.isEmpty()) {
            count.countOwn();
        }
        return count;
    }

    /** How many connections of these listeners this process has open. */
    int open() {
        return open;
    }

    /** Whether a client is in the middle of its handshake with a listener. */
    boolean handshake(Listener listener) {
        return handshakes.contains(listener.address().port());
    }

    /** Each line: sl, local address and port, remote ones, state, queues, timer, retransmissions, uid, timeout, inode. */
    private void readTcp(String table) throws IOException {
        try (var lines = lines(table)) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                var words = line.trim().split(" +", 11);
                int colon = words[1].indexOf(':');
                if (colon > 0 && ports.contains(Integer.parseInt(words[1], colon + 1, words[1].length(), 16))) {
                    int state = Integer.parseInt(words[3], 16);
                    if (state == SYN_RECV) {
                        handshakes.add(Integer.parseInt(words[1], colon + 1, words[1].length(), 16));
                    } else if (OPEN.contains(state)) {
                        inodes.add(words[9]);
                    }
                }
            }
        }
    }

    /** Each line: address, references, protocol, flags, type, state, inode, path. */
    private void readUnix() throws IOException {
        try (var lines = lines("unix")) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                var words = line.trim().split(" +", 8);
                if (words.length == 8 && words[5].equals(CONNECTED) && paths.contains(words[7])) {
                    inodes.add(words[6]);
                }
            }
        }
    }

    private static BufferedReader lines(String table) throws IOException {
        var lines = new BufferedReader(
                new InputStreamReader(new FileInputStream("/proc/self/net/" + table), StandardCharsets.ISO_8859_1));
        lines.readLine(); // the heading
        return lines;
    }

    private void countOwn() throws IOException {
        try (var numbers = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (var number : numbers) {
                if (isCounted(number)) {
                    open++;
                }
            }
        }
    }

    private boolean isCounted(Path number) throws IOException {
        try {
            var link = Files.readSymbolicLink(number).toString();
            return link.startsWith("socket:[")
                    && inodes.remove(link.substring(8, link.length() - 1)); // once, however many numbers it has
        } catch (NoSuchFileException e) {
            return false; // closed meanwhile
        }
    }
}
