package io.netcluster.sys;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Bytes, and descriptors beside them, over a connected Unix-domain stream socket (unix(7), SCM_RIGHTS; cmsg(3)).
 *
 * <p>What arrives is checked: level, type, count and truncation; surplus descriptors are closed.
 */
public final class Packets {
    static final int SOL_SOCKET = 1;
    static final int SCM_RIGHTS = 1;
    static final int MSG_CTRUNC = 0x8; // linux/socket.h
    static final int MSG_DONTWAIT = 0x40;
    static final int MSG_NOSIGNAL = 0x4000;
    static final int MSG_CMSG_CLOEXEC = 0x40000000;
    static final int CMSG_HEADER = 16; // struct cmsghdr on a 64-bit machine: size_t, int, int
    private static final int MSGHDR = 56; // struct msghdr, likewise
    private static final int ROOM =
            8; // descriptors a control buffer has room for: more than are ever sent, see receive

    private Packets() {}

    /** Sends all the bytes; fails with EAGAIN, perhaps after some of them, if the peer's buffer is full. */
    public static void send(int fd, byte[] bytes) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var data = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
            long sent = 0;
            while (sent < bytes.length) {
                sent += sendmsg(arena, fd, data.asSlice(sent), MemorySegment.NULL);
            }
        }
    }

    /** Sends bytes from an offset on, as many as the peer's buffer has room for, and returns how many: perhaps none. */
    public static int sendSome(int fd, byte[] bytes, int from) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var data = arena.allocate(bytes.length - from);
            MemorySegment.copy(bytes, from, data, ValueLayout.JAVA_BYTE, 0, bytes.length - from);
            return (int) sendmsg(arena, fd, data, MemorySegment.NULL);
        } catch (ErrnoException e) {
            if (e.is(Errno.EAGAIN)) {
                return 0;
            }
            throw e;
        }
    }

    /** Sends one byte and, with it, a duplicate of a descriptor, which stays the caller's; EAGAIN as in send. */
    public static void sendDescriptor(int fd, int passed) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var control = arena.allocate(CMSG_HEADER + 8, 8);
            Linux.buffer(control)
                    .putLong(CMSG_HEADER + 4)
                    .putInt(SOL_SOCKET)
                    .putInt(SCM_RIGHTS)
                    .putInt(passed);
            sendmsg(arena, fd, arena.allocate(1), control);
        }
    }

    private static long sendmsg(Arena arena, int fd, MemorySegment data, MemorySegment control) throws ErrnoException {
        var header = header(arena, data, control);
        while (true) {
            long result = Linux.call(SystemCall.SENDMSG, fd, header.address(), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (result >= 0) {
                return result;
            }
            if (result != -Errno.EINTR.number()) {
                throw new ErrnoException("sendmsg(" + fd + ")", (int) -result);
            }
        }
    }

    /**
     * Reads exactly so many bytes; blocks until they are there.
     *
     * @return false if the peer closed before the first of them
     * @throws IOException if the peer closed in their middle, or the read failed
     */
    public static boolean receive(int fd, byte[] bytes) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var data = arena.allocate(Math.max(1, bytes.length));
            long read = 0;
            while (read < bytes.length) {
                long n = recvmsg(fd, header(arena, data.asSlice(read, bytes.length - read), MemorySegment.NULL));
                if (n == 0) {
                    if (read == 0) {
                        return false;
                    }
                    throw new IOException("the peer closed in the middle of a frame");
                }
                read += n;
            }
            MemorySegment.copy(data, ValueLayout.JAVA_BYTE, 0, bytes, 0, bytes.length);
            return true;
        }
    }

    /**
     * Reads the one byte that a descriptor travels with; blocks until it is there.
     *
     * @return the descriptor, the caller's from now on
     * @throws IOException if the byte came without exactly one descriptor; none is kept then
     */
    public static int receiveDescriptor(int fd) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var control = arena.allocate(CMSG_HEADER + 4 * ROOM, 8);
            var header = header(arena, arena.allocate(1), control);
            long n = recvmsg(fd, header);
            if (n == 0) {
                throw new IOException("the peer closed where a descriptor was due");
            }
            var message = Linux.buffer(header);
            var came = Linux.buffer(control);
            boolean truncated = (message.getInt(48) & MSG_CTRUNC) != 0;
            boolean rights =
                    message.getLong(40) >= CMSG_HEADER && came.getInt(8) == SOL_SOCKET && came.getInt(12) == SCM_RIGHTS;
            int count = rights ? (int) (came.getLong(0) - CMSG_HEADER) / 4 : 0;
            if (count == 1 && !truncated) {
                return came.getInt(CMSG_HEADER);
            }
            for (int i = 0; i < count; i++) {
                Descriptors.close(came.getInt(CMSG_HEADER + 4 * i));
            }
            throw new IOException(
                    count + " descriptors came" + (truncated ? ", truncated," : "") + " where one was due");
        }
    }

    private static long recvmsg(int fd, MemorySegment header) throws ErrnoException {
        while (true) {
            long result = Linux.call(SystemCall.RECVMSG, fd, header.address(), MSG_CMSG_CLOEXEC);
            if (result >= 0) {
                return result;
            }
            if (result != -Errno.EINTR.number()) {
                throw new ErrnoException("recvmsg(" + fd + ")", (int) -result);
            }
        }
    }

    /** struct msghdr: name, namelen, iov, iovlen, control, controllen, flags. */
    private static MemorySegment header(Arena arena, MemorySegment data, MemorySegment control) {
        var iovec = arena.allocate(16, 8);
        Linux.buffer(iovec).putLong(data.address()).putLong(data.byteSize());
        var header = arena.allocate(MSGHDR, 8);
        Linux.buffer(header)
                .position(16)
                .putLong(iovec.address())
                .putLong(1)
                .putLong(control.address())
                .putLong(control.byteSize());
        return header;
    }
}
