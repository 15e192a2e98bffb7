package io.netcluster.sys;

import java.nio.ByteBuffer;

/**
 * Writes to a Unix-domain stream socket, bytes and with them descriptors; {@link PacketReader} is the other end's.
 *
 * <p>For one thread at a time. The socket is the maker's, who closes it when nobody is in a call.
 */
public final class PacketWriter {
    /** In place of a descriptor where there is none. */
    public static final int NONE = -1;

    /** The most descriptors that one call sends. */
    public static final int MOST = MessageHeader.MOST;

    private final int fd;
    private final Linux.Caller caller = new Linux.Caller();
    private final MessageHeader header = new MessageHeader();

    /** Writes to a connected socket, whatever its blocking mode. */
    public PacketWriter(int fd) {
        this.fd = fd;
    }

    /**
     * Writes what the peer's buffer has room for of what is between position and limit, and moves the position. Never
     * waits: {@link Sockets#awaitWritable} does.
     *
     * @param from a direct buffer with something in it
     * @param descriptors go with the first of the bytes, as duplicates: they stay the caller's; {@link #MOST} at most
     * @return how many bytes were sent; if 0, no descriptor was
     * @throws ErrnoException EPIPE or ECONNRESET if the peer has closed; ETOOMANYREFS if too many descriptors are under
     *     way
     */
    public int write(ByteBuffer from, int... descriptors) throws ErrnoException {
        header.setData(from);
        header.setDescriptors(descriptors);
        while (true) {
            long result =
                    caller.call(SystemCall.SENDMSG, fd, header.address(), Packets.MSG_DONTWAIT | Packets.MSG_NOSIGNAL);
            if (result >= 0) {
                from.position(from.position() + (int) result);
                return (int) result;
            }
            if (result == -Errno.EAGAIN.number()) {
                return 0;
            }
            if (result != -Errno.EINTR.number()) {
                throw new ErrnoException("sendmsg(" + fd + ")", (int) -result);
            }
        }
    }
}
