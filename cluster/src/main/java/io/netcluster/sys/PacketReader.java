package io.netcluster.sys;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.IntConsumer;

/**
 * Reads a Unix-domain stream socket in chunks as large as they come, with the descriptors that travel beside the bytes.
 *
 * <p>What a call needs is allocated once, so a call costs what the kernel takes. For one thread at a time. The socket is
 * the maker's, who closes it when nobody is in a call.
 */
public final class PacketReader {
    private final int fd;
    private final Linux.Caller caller = new Linux.Caller();
    private final MessageHeader header = new MessageHeader();

    /** Reads from a connected socket; in blocking mode, unless only {@link #readNow} is used. */
    public PacketReader(int fd) {
        this.fd = fd;
    }

    /**
     * Waits until something is there and reads it, from the buffer's position on, which it moves.
     *
     * @param into a direct buffer with room in it
     * @param descriptors is given what came, in order, before this returns; they are its own then. {@link
     *     PacketWriter#NONE} stands for the last of them, one or more, that were lost, as this process has as many open as
     *     it may. The kernel lets them come with the first byte that they were sent with, and no byte of a later write is
     *     read in the same call
     * @return how many bytes were read; -1 at the end; 0 if the socket's receive timeout has passed
     * @throws IOException if the read failed, or more descriptors came than there is room for; none is kept then
     */
    public int read(ByteBuffer into, IntConsumer descriptors) throws IOException {
        return read(into, descriptors, Packets.MSG_CMSG_CLOEXEC);
    }

    /** As {@link #read}, but returns 0 if nothing is there. */
    public int readNow(ByteBuffer into, IntConsumer descriptors) throws IOException {
        return read(into, descriptors, Packets.MSG_CMSG_CLOEXEC | Packets.MSG_DONTWAIT);
    }

    private int read(ByteBuffer into, IntConsumer descriptors, int flags) throws IOException {
        header.setData(into);
        header.makeRoom();
        while (true) {
            long result = caller.call(SystemCall.RECVMSG, fd, header.address(), flags);
            if (result >= 0) {
                header.takeDescriptors(descriptors);
                into.position(into.position() + (int) result);
                return result == 0 ? -1 : (int) result;
            }
            if (result == -Errno.EAGAIN.number()) {
                return 0;
            }
            if (result != -Errno.EINTR.number()) {
                throw new ErrnoException("recvmsg(" + fd + ")", (int) -result);
            }
        }
    }
}
