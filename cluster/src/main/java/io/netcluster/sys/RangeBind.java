package io.netcluster.sys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Binds a socket to some port of a range that nobody else has. */
public final class RangeBind {
    private static final Path SYSTEMS = Path.of("/proc/sys/net/ipv4/ip_local_port_range");
    private static final Path RESERVED = Path.of("/proc/sys/net/ipv4/ip_local_reserved_ports");

    private RangeBind() {}

    /**
     * Binds to a port from first to last, both included.
     *
     * <p>Inside the system's range of ephemeral ports the kernel chooses, told by IP_LOCAL_PORT_RANGE (ip(7)), bounds
     * outside that range it would ignore. Elsewhere the ports are tried in random order, without SO_REUSEADDR and
     * SO_REUSEPORT, so that a port that another has bound is never taken even if nobody listens on it yet; the options are
     * as they were afterwards. Either way, ports that the system reserves (ip_local_reserved_ports) are left alone.
     *
     * @param address as {@link Sockets#bindInet} has it
     * @throws ErrnoException EADDRINUSE if none is free
     * @throws IOException if the system's settings cannot be read
     */
    public static void bind(int fd, byte[] address, int scope, int first, int last) throws IOException {
        var systems = Files.readString(SYSTEMS).strip().split("\\s+");
        boolean inside = Integer.parseInt(systems[0]) <= first && last <= Integer.parseInt(systems[1]);
        if (inside && Sockets.limitPorts(fd, first, last)) {
            Sockets.bindInet(fd, address, scope, 0);
        } else {
            tryAll(fd, address, scope, first, last);
        }
    }

    private static void tryAll(int fd, byte[] address, int scope, int first, int last) throws IOException {
        boolean reusesAddress = Sockets.reusesAddress(fd);
        boolean reusesPort = Sockets.reusesPort(fd);
        try {
            Sockets.reuse(fd, false, false);
            for (int port : candidates(first, last)) {
                if (isBound(fd, address, scope, port)) {
                    return;
                }
            }
            throw new ErrnoException("bind(" + fd + ", ports " + first + "-" + last + ")", Errno.EADDRINUSE.number());
        } finally {
            Sockets.reuse(fd, reusesAddress, reusesPort);
        }
    }

    private static boolean isBound(int fd, byte[] address, int scope, int port) throws ErrnoException {
        try {
            Sockets.bindInet(fd, address, scope, port);
            return true;
        } catch (ErrnoException e) {
            if (e.is(Errno.EADDRINUSE)) {
                return false;
            }
            throw e;
        }
    }

    /** In random order, lest all who want one meet at the first. */
    private static List<Integer> candidates(int first, int last) throws IOException {
        var candidates = new ArrayList<Integer>();
        for (int port = first; port <= last; port++) {
            candidates.add(port);
        }
        for (var range : Files.readString(RESERVED).strip().split(",")) {
            var bounds = range.split("-");
            if (!range.isEmpty()) {
                int from = Integer.parseInt(bounds[0]);
                int to = Integer.parseInt(bounds[bounds.length - 1]);
                candidates.removeIf(port -> from <= port && port <= to);
            }
        }
        Collections.shuffle(candidates);
        return candidates;
    }
}
