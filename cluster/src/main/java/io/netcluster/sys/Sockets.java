package io.netcluster.sys;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Sockets by number. */
public final class Sockets {
    /** Address families (linux/socket.h). */
    public static final int AF_UNIX = 1;

    public static final int AF_INET = 2;
    public static final int AF_INET6 = 10;

    static final int SOCK_STREAM = 1; // linux/net.h
    static final int SOCK_DGRAM = 2;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int SOL_SOCKET = 1; // asm-generic/socket.h
    private static final int SO_REUSEADDR = 2;
    private static final int SO_TYPE = 3;
    private static final int SO_RCVBUF = 8;
    private static final int SO_REUSEPORT = 15;
    private static final int SO_PEERCRED = 17;
    private static final int SO_RCVTIMEO = 20;
    private static final int SO_ACCEPTCONN = 30;
    private static final int SO_DOMAIN = 39;
    private static final int IPPROTO_IP = 0;
    private static final int IP_LOCAL_PORT_RANGE = 51; // linux/in.h, since Linux 6.3
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_V6ONLY = 26; // linux/in6.h
    private static final int SHUT_RD = 0;
    private static final int SHUT_RDWR = 2;
    private static final short POLLOUT = 4; // asm-generic/poll.h
    private static final int POLLFD = 8; // struct pollfd: int, short, short
    private static final int OPTION = 16; // the largest value of an option here is struct ucred, of 12 bytes
    private static final int SOCKADDR_IN6 = 28; // the port is at the same place in sockaddr_in

    /** The longest path of a Unix-domain socket, without the NUL at its end (unix(7)). */
    public static final int MAX_UNIX_PATH = 107;

    private Sockets() {}

    /** Who is at the other end of a Unix-domain connection, as the kernel has it (SO_PEERCRED). */
    public record Peer(int pid, int uid) {}

    /** A new Unix-domain stream socket; the caller's. */
    public static int unixStream() throws ErrnoException {
        return (int) checked(Linux.call(SystemCall.SOCKET, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket(AF_UNIX)");
    }

    /** A new Unix-domain datagram socket; the caller's. */
    public static int unixDatagram() throws ErrnoException {
        return (int) checked(Linux.call(SystemCall.SOCKET, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket(AF_UNIX)");
    }

    /** Two ends of one connection, both the caller's. */
    public record Pair(int one, int other) {}

    /** A new connection of Unix-domain stream sockets (socketpair(2)). */
    public static Pair pair() throws ErrnoException {
        try (var ends = Memory.of(8)) {
            checked(
                    Linux.call(SystemCall.SOCKETPAIR, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.address(), 0),
                    "socketpair(AF_UNIX)");
            return new Pair(ends.buffer().getInt(0), ends.buffer().getInt(4));
        }
    }

    /**
     * Waits until a socket can be written to, or has failed, which the next write tells; for so many milliseconds at
     * most.
     *
     * @return whether it can, and not only the time has passed
     */
    public static boolean awaitWritable(int fd, long millis) throws ErrnoException {
        try (var poll = Memory.of(POLLFD + 16)) { // struct pollfd, and after it struct timespec
            poll.buffer()
                    .putInt(0, fd)
                    .putShort(4, POLLOUT)
                    .putLong(POLLFD, millis / 1000)
                    .putLong(POLLFD + 8, millis % 1000 * 1_000_000);
            while (true) {
                // the kernel leaves the rest of the time in its place, so a signal does not make it longer
                long result = Linux.call(SystemCall.PPOLL, poll.address(), 1, poll.address() + POLLFD, 0, 0);
                if (result != -Errno.EINTR.number()) {
                    return checked(result, "ppoll(" + fd + ")") == 1;
                }
            }
        }
    }

    /** A listening socket that nobody can connect to, so that accept finds nothing, and need not wait; the caller's. */
    public static int parked() throws ErrnoException {
        int fd = (int) checked(
                Linux.call(SystemCall.SOCKET, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket(" + AF_INET + ")");
        try {
            Descriptors.setNonBlocking(fd);
            shield(fd);
            bindInet(fd, new byte[] {127, 0, 0, 1}, 0, 0);
            listen(fd);
            return fd;
        } catch (ErrnoException e) {
            Descriptors.close(fd);
            throw e;
        }
    }

    /**
     * Where a filter is not to be had, as it is for root alone under some kernels (EPERM), or because there is no room for
     * it (ENOMEM), the port is merely one that nobody knows.
     */
    private static void shield(int fd) throws ErrnoException {
        try {
            PacketFilter.NOTHING.attach(fd);
        } catch (ErrnoException e) {
            if (!e.is(Errno.EPERM) && !e.is(Errno.ENOMEM)) {
                throw e;
            }
        }
    }

    /** A new socket of the same kind as another; the caller's. */
    static int like(int fd) throws ErrnoException {
        int domain = domain(fd);
        return (int)
                checked(Linux.call(SystemCall.SOCKET, domain, type(fd) | SOCK_CLOEXEC, 0), "socket(" + domain + ")");
    }

    /** As {@link #like}, with its blocking mode and the options that servers set. */
    public static int unboundLike(int fd) throws ErrnoException {
        int domain = domain(fd);
        int fresh = like(fd);
        try {
            if (domain == AF_INET6) {
                setOption(fresh, IPPROTO_IPV6, IPV6_V6ONLY, isIpv6Only(fd) ? 1 : 0);
            }
            if (domain != AF_UNIX) {
                setOption(fresh, SOL_SOCKET, SO_REUSEADDR, option(fd, SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR"));
                setOption(fresh, SOL_SOCKET, SO_REUSEPORT, option(fd, SOL_SOCKET, SO_REUSEPORT, "SO_REUSEPORT"));
            }
            // only what differs was set: to set it at all would fix its size for good (tcp(7))
            int buffer = option(fd, SOL_SOCKET, SO_RCVBUF, "SO_RCVBUF");
            if (buffer != option(fresh, SOL_SOCKET, SO_RCVBUF, "SO_RCVBUF")) {
                setOption(fresh, SOL_SOCKET, SO_RCVBUF, buffer / 2); // the kernel reports twice what was set, socket(7)
            }
            Descriptors.copyBlocking(fd, fresh);
            return fresh;
        } catch (ErrnoException e) {
            Descriptors.close(fresh);
            throw e;
        }
    }

    private static void setOption(int fd, int level, int option, int value) {
        try (var memory = Memory.of(4)) {
            memory.buffer().putInt(0, value);
            Linux.call(SystemCall.SETSOCKOPT, fd, level, option, memory.address(), 4);
        }
    }

    /** Binds to an address of 4 or 16 bytes, as the socket's family wants it. */
    public static void bindInet(int fd, byte[] address, int scope, int port) throws ErrnoException {
        var sockaddr = address.length == 4 ? Sockaddr.inet4(address, port) : Sockaddr.inet6(address, scope, port);
        withAddress(SystemCall.BIND, fd, sockaddr, "bind(" + fd + ", port " + port + ")");
    }

    /** Binds to the path of a Unix-domain socket. */
    public static void bindUnix(int fd, byte[] path) throws ErrnoException {
        withAddress(SystemCall.BIND, fd, Sockaddr.unix(path), "bind(" + fd + ", " + printable(path) + ")");
    }

    /** Connects to a Unix-domain socket; does not wait longer than it takes to find room in its queue. */
    public static void connectUnix(int fd, byte[] path) throws ErrnoException {
        withAddress(SystemCall.CONNECT, fd, Sockaddr.unix(path), "connect(" + fd + ", " + printable(path) + ")");
    }

    /** Binds a Unix-domain socket to a name that the kernel makes up (autobind, unix(7)). */
    static void bindUnixAnywhere(int fd) throws ErrnoException {
        withAddress(SystemCall.BIND, fd, Sockaddr.unixFamily(), "bind(" + fd + ", any name)");
    }

    /** Listens; the kernel lowers the backlog to net.core.somaxconn (listen(2)). */
    public static void listen(int fd) throws ErrnoException {
        checked(Linux.call(SystemCall.LISTEN, fd, Integer.MAX_VALUE, 0), "listen(" + fd + ")");
    }

    /** Waits for a connection; it is the caller's. */
    public static int accept(int fd) throws ErrnoException {
        while (true) {
            long result = Linux.call(SystemCall.ACCEPT4, fd, 0, 0, SOCK_CLOEXEC, 0);
            if (result != -Errno.EINTR.number()) {
                return (int) checked(result, "accept(" + fd + ")");
            }
        }
    }

    /**
     * Ends both directions of a connection, or a socket's listening, for all who share it, and so wakes whoever waits in
     * it; the number stays its owner's.
     */
    public static void shutdown(int fd) {
        Linux.call(SystemCall.SHUTDOWN, fd, SHUT_RDWR, 0);
    }

    /** Lets the other end of a Unix-domain connection write no more; its writes fail with EPIPE. */
    static void shutdownInput(int fd) {
        Linux.call(SystemCall.SHUTDOWN, fd, SHUT_RD, 0);
    }

    /** The socket's address family. */
    public static int domain(int fd) throws ErrnoException {
        return option(fd, SOL_SOCKET, SO_DOMAIN, "SO_DOMAIN");
    }

    /** SOCK_STREAM, SOCK_DGRAM or another. */
    static int type(int fd) throws ErrnoException {
        return option(fd, SOL_SOCKET, SO_TYPE, "SO_TYPE");
    }

    /** Whether a stream socket is a listener. */
    static boolean isListening(int fd) throws ErrnoException {
        return option(fd, SOL_SOCKET, SO_ACCEPTCONN, "SO_ACCEPTCONN") != 0;
    }

    /** The path that the other end of a Unix-domain connection is bound to; empty if it has none (unix(7)). */
    static byte[] peerPath(int fd) throws ErrnoException {
        int size = 2 + MAX_UNIX_PATH + 1;
        int length = size + 2; // after it and a NUL, which a path of full length comes without, at a multiple of 4
        try (var address = Memory.of(length + 4)) {
            var fields = address.buffer().putInt(length, size);
            checked(
                    Linux.call(SystemCall.GETPEERNAME, fd, address.address(), address.address() + length),
                    "getpeername(" + fd + ")");
            int end = 2;
            while (fields.get(end) != 0) { // an abstract name begins with a NUL, and is no path
                end++;
            }
            byte[] path = new byte[end - 2];
            fields.get(2, path);
            return path;
        }
    }

    /** Whether the program set SO_REUSEPORT. */
    public static boolean reusesPort(int fd) throws ErrnoException {
        return option(fd, SOL_SOCKET, SO_REUSEPORT, "SO_REUSEPORT") != 0;
    }

    /** Whether the program set SO_REUSEADDR. */
    static boolean reusesAddress(int fd) throws ErrnoException {
        return option(fd, SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR") != 0;
    }

    /** Sets SO_REUSEADDR and SO_REUSEPORT. */
    static void reuse(int fd, boolean address, boolean port) {
        setOption(fd, SOL_SOCKET, SO_REUSEADDR, address ? 1 : 0);
        setOption(fd, SOL_SOCKET, SO_REUSEPORT, port ? 1 : 0);
    }

    /** Tells the kernel which ports to choose from; false if it does not know how. */
    static boolean limitPorts(int fd, int first, int last) {
        int range = last << 16 | first;
        setOption(fd, IPPROTO_IP, IP_LOCAL_PORT_RANGE, range);
        try {
            return option(fd, IPPROTO_IP, IP_LOCAL_PORT_RANGE, "IP_LOCAL_PORT_RANGE") == range;
        } catch (ErrnoException e) {
            return false;
        }
    }

    /** The port that a TCP or UDP socket is bound to. */
    public static int localPort(int fd) throws ErrnoException {
        try (var address = Memory.of(SOCKADDR_IN6 + 4)) { // and after it its length
            var fields = address.buffer().putInt(SOCKADDR_IN6, SOCKADDR_IN6);
            checked(
                    Linux.call(SystemCall.GETSOCKNAME, fd, address.address(), address.address() + SOCKADDR_IN6),
                    "getsockname(" + fd + ")");
            return Byte.toUnsignedInt(fields.get(2)) << 8 | Byte.toUnsignedInt(fields.get(3));
        }
    }

    /** Whether an IPv6 socket takes IPv6 alone. */
    public static boolean isIpv6Only(int fd) throws ErrnoException {
        return option(fd, IPPROTO_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY") != 0;
    }

    /** Lets a read fail with EAGAIN after so many seconds; 0 lets it wait for ever. */
    public static void setReceiveTimeout(int fd, int seconds) throws ErrnoException {
        try (var timeval = Memory.of(16)) {
            timeval.buffer().putLong(0, seconds);
            checked(
                    Linux.call(SystemCall.SETSOCKOPT, fd, SOL_SOCKET, SO_RCVTIMEO, timeval.address(), 16),
                    "setsockopt(" + fd + ", SO_RCVTIMEO)");
        }
    }

    /** The process at the other end of a Unix-domain connection. */
    public static Peer peer(int fd) throws ErrnoException {
        try (var memory = Memory.of(OPTION + 4)) {
            var ucred = getsockopt(memory, fd, SOL_SOCKET, SO_PEERCRED, 12, "SO_PEERCRED");
            return new Peer(ucred.getInt(0), ucred.getInt(4));
        }
    }

    private static int option(int fd, int level, int option, String name) throws ErrnoException {
        try (var memory = Memory.of(OPTION + 4)) {
            return getsockopt(memory, fd, level, option, 4, name).getInt(0);
        }
    }

    /** Puts the value at the beginning of the memory, and its length after {@link #OPTION} bytes. */
    private static ByteBuffer getsockopt(Memory memory, int fd, int level, int option, int size, String name)
            throws ErrnoException {
        var fields = memory.buffer().putInt(OPTION, size);
        checked(
                Linux.call(SystemCall.GETSOCKOPT, fd, level, option, memory.address(), memory.address() + OPTION),
                "getsockopt(" + fd + ", " + name + ")");
        return fields;
    }

    private static void withAddress(SystemCall call, int fd, byte[] sockaddr, String operation) throws ErrnoException {
        try (var address = Memory.of(sockaddr.length)) {
            address.buffer().put(0, sockaddr);
            checked(Linux.call(call, fd, address.address(), sockaddr.length), operation);
        }
    }

    private static long checked(long result, String operation) throws ErrnoException {
        if (result < 0) {
            throw new ErrnoException(operation, (int) -result);
        }
        return result;
    }

    private static String printable(byte[] path) {
        return new String(path, StandardCharsets.UTF_8).replace('\0', '@');
    }
}
