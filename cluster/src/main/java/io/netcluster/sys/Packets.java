package io.netcluster.sys;

import static io.netcluster.sys.MessageHeader.CMSG;
import static io.netcluster.sys.MessageHeader.CONTROL;
import static io.netcluster.sys.MessageHeader.CONTROLLEN;
import static io.netcluster.sys.MessageHeader.FLAGS;
import static io.netcluster.sys.MessageHeader.IOV;
import static io.netcluster.sys.MessageHeader.IOVEC;

import java.io.IOException;

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
    private static final int ONE = CMSG_HEADER + 8; // a control buffer for one descriptor, CMSG_SPACE(3)
    private static final int MORE = CMSG_HEADER + 4 * 8; // and one for more than are ever sent, see receiveDescriptor

    private Packets() {}

    /** Sends all the bytes; fails with EAGAIN, perhaps after some of them, if the peer's buffer is full. */
    public static void send(int fd, byte[] bytes) throws ErrnoException {
        try (var message = message(0, bytes.length)) {
            message.buffer().put(CMSG, bytes);
            int sent = 0;
            while (sent < bytes.length) {
                setData(message, CMSG + sent, bytes.length - sent);
                sent += (int) sendmsg(fd, message);
            }
        }
    }

    /** Sends bytes from an offset on, as many as the peer's buffer has room for, and returns how many: perhaps none. */
    public static int sendSome(int fd, byte[] bytes, int from) throws ErrnoException {
        int length = bytes.length - from;
        try (var message = message(0, length)) {
            message.buffer().put(CMSG, bytes, from, length);
            return (int) sendmsg(fd, message);
        } catch (ErrnoException e) {
            if (e.is(Errno.EAGAIN)) {
                return 0;
            }
            throw e;
        }
    }

    /** Sends one byte and, with it, a duplicate of a descriptor, which stays the caller's; EAGAIN as in send. */
    public static void sendDescriptor(int fd, int passed) throws ErrnoException {
        try (var message = message(ONE, 1)) {
            message.buffer()
                    .putLong(CMSG, CMSG_HEADER + 4)
                    .putInt(CMSG + 8, SOL_SOCKET)
                    .putInt(CMSG + 12, SCM_RIGHTS)
                    .putInt(CMSG + CMSG_HEADER, passed);
            sendmsg(fd, message);
        }
    }

    private static long sendmsg(int fd, Memory message) throws ErrnoException {
        while (true) {
            long result = Linux.call(SystemCall.SENDMSG, fd, message.address(), MSG_DONTWAIT | MSG_NOSIGNAL);
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
        try (var message = message(0, bytes.length)) {
            int read = 0;
            while (read < bytes.length) {
                setData(message, CMSG + read, bytes.length - read);
                int n = (int) recvmsg(fd, message);
                if (n == 0) {
                    if (read == 0) {
                        return false;
                    }
                    throw new IOException("the peer closed in the middle of a frame");
                }
                read += n;
            }
            message.buffer().get(CMSG, bytes);
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
        try (var message = message(MORE, 1)) {
            if (recvmsg(fd, message) == 0) {
                throw new IOException("the peer closed where a descriptor was due");
            }
            var came = message.buffer();
            boolean truncated = (came.getInt(FLAGS) & MSG_CTRUNC) != 0;
            boolean rights = came.getLong(CONTROLLEN) >= CMSG_HEADER
                    && came.getInt(CMSG + 8) == SOL_SOCKET
                    && came.getInt(CMSG + 12) == SCM_RIGHTS;
            int count = rights ? (int) (came.getLong(CMSG) - CMSG_HEADER) / 4 : 0;
            if (count == 1 && !truncated) {
                return came.getInt(CMSG + CMSG_HEADER);
            }
            for (int i = 0; i < count; i++) {
                Descriptors.close(came.getInt(CMSG + CMSG_HEADER + 4 * i));
            }
            throw new IOException(
                    count + " descriptors came" + (truncated ? ", truncated," : "") + " where one was due");
        }
    }

    private static long recvmsg(int fd, Memory message) throws ErrnoException {
        while (true) {
            long result = Linux.call(SystemCall.RECVMSG, fd, message.address(), MSG_CMSG_CLOEXEC);
            if (result >= 0) {
                return result;
            }
            if (result != -Errno.EINTR.number()) {
                throw new ErrnoException("recvmsg(" + fd + ")", (int) -result);
            }
        }
    }

    /** A struct msghdr as in {@link MessageHeader}, a control buffer of so many bytes, and so many bytes of data. */
    private static Memory message(int control, int data) {
        var message = Memory.of(CMSG + control + data);
        message.buffer()
                .putLong(IOV, message.address() + IOVEC)
                .putLong(IOV + 8, 1)
                .putLong(CONTROL, control == 0 ? 0 : message.address() + CMSG)
                .putLong(CONTROLLEN, control);
        setData(message, CMSG + control, data);
        return message;
    }

    private static void setData(Memory message, int offset, int length) {
        message.buffer().putLong(IOVEC, message.address() + offset).putLong(IOVEC + 8, length);
    }
}
