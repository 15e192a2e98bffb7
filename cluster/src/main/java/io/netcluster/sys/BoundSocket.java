package io.netcluster.sys;

import java.util.Arrays;

/**
 * What a socket is, and where it is bound, as the kernel has it.
 *
 * @param domain its address family, see {@link Sockets}
 * @param kind how it takes what comes
 * @param address 4 or 16 bytes, or a path; empty if the family is another, or it is bound to nothing. Not to be changed
 * @param scope the IPv6 scope id, or 0
 * @param port the port, or 0
 * @param ipv6Only whether an IPv6 socket takes IPv6 alone
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares them
public record BoundSocket(int domain, Kind kind, byte[] address, int scope, int port, boolean ipv6Only) {
    private static final int SOCKADDR = 2 + Sockets.MAX_UNIX_PATH + 1; // the longest, struct sockaddr_un
    private static final int LENGTH = 112; // after it, at a multiple of 4

    /** How a socket takes what comes. */
    public enum Kind {
        /** A stream socket that connections are accepted from. */
        LISTENING,
        /** A stream socket that nothing is accepted from. */
        STREAM,
        DATAGRAM,
        OTHER
    }

    /**
     * Looks at a socket, which stays the caller's.
     *
     * @throws ErrnoException ENOTSOCK if it is none, EBADF if it is nothing
     */
    public static BoundSocket of(int fd) throws ErrnoException {
        int domain = Sockets.domain(fd);
        var kind = switch (Sockets.type(fd)) {
            case Sockets.SOCK_STREAM -> Sockets.isListening(fd) ? Kind.LISTENING : Kind.STREAM;
            case Sockets.SOCK_DGRAM -> Kind.DATAGRAM;
            default -> Kind.OTHER;
        };
        try (var memory = Memory.of(LENGTH + 4)) {
            var fields = memory.buffer().putInt(LENGTH, SOCKADDR);
            long result = Linux.call(SystemCall.GETSOCKNAME, fd, memory.address(), memory.address() + LENGTH);
            if (result < 0) {
                throw new ErrnoException("getsockname(" + fd + ")", (int) -result);
            }
            byte[] bytes = new byte[SOCKADDR];
            fields.get(0, bytes);
            int used = Math.min(SOCKADDR, fields.getInt(LENGTH));
            int port = Byte.toUnsignedInt(bytes[2]) << 8 | Byte.toUnsignedInt(bytes[3]);
            return switch (domain) {
                case Sockets.AF_INET -> new BoundSocket(domain, kind, Arrays.copyOfRange(bytes, 4, 8), 0, port, false);
                case Sockets.AF_INET6 ->
                    new BoundSocket(
                            domain,
                            kind,
                            Arrays.copyOfRange(bytes, 8, 24),
                            fields.getInt(24),
                            port,
                            Sockets.isIpv6Only(fd));
                case Sockets.AF_UNIX -> new BoundSocket(domain, kind, path(bytes, used), 0, 0, false);
                default -> new BoundSocket(domain, kind, new byte[0], 0, 0, false);
            };
        }
    }

    /** A path ends with a NUL that the length may count; an abstract name begins with one, and has the length's (unix(7)). */
    private static byte[] path(byte[] sockaddr, int used) {
        int end = used;
        if (used > 2 && sockaddr[2] != 0) {
            end = 2;
            while (end < used && sockaddr[end] != 0) {
                end++;
            }
        }
        return Arrays.copyOfRange(sockaddr, 2, Math.max(2, end));
    }
}
