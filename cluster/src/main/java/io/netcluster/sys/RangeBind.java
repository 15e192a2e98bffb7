package io.netcluster.sys;

import java.io.IOException;

/** Binds a socket to some port of a range that nobody else has. */
public final class RangeBind {
    private RangeBind() {}

    /**
     * Binds to a port of the range.
     *
     * <p>Where the kernel may give all of them, it chooses, told by IP_LOCAL_PORT_RANGE (ip(7)); bounds outside its own range
     * it would ignore. Elsewhere the ports are tried in random order, without SO_REUSEADDR and SO_REUSEPORT, so that a port
     * that another has bound is never taken even if nobody listens on it yet; the options are as they were afterwards.
     *
     * @param address as {@link Sockets#bindInet} has it
     * @throws ErrnoException EADDRINUSE if none is free
     * @throws IOException if the system's settings cannot be read
     */
    public static void bind(int fd, byte[] address, int scope, PortRange range) throws IOException {
        var ephemeral = EphemeralPorts.read();
        boolean given = ephemeral.range().contains(range.first())
                && ephemeral.range().contains(range.last())
                && !ephemeral.reservesAny(range.first(), range.size());
        if (given && Sockets.limitPorts(fd, range.first(), range.last())) {
            Sockets.bindInet(fd, address, scope, 0);
        } else {
            tryAll(fd, address, scope, range);
        }
    }

    private static void tryAll(int fd, byte[] address, int scope, PortRange range) throws IOException {
        boolean reusesAddress = Sockets.reusesAddress(fd);
        boolean reusesPort = Sockets.reusesPort(fd);
        try {
            Sockets.reuse(fd, false, false);
            for (int port : range.shuffled()) {
                if (isBound(fd, address, scope, port)) {
                    return;
                }
            }
            throw new ErrnoException("bind(" + fd + ", ports " + range + ")", Errno.EADDRINUSE.number());
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
}
