package io.netcluster.sys;

import static io.netcluster.sys.Packets.CMSG_HEADER;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.IntConsumer;

/** A struct msghdr with one struct iovec and a control buffer, for sendmsg(2) and recvmsg(2), made once and used again. */
final class MessageHeader {
    /** How many descriptors may go with one call's bytes; the kernel's own bound, SCM_MAX_FD in net/scm.h, is 253. */
    static final int MOST = 64;

    private static final int ROOM = CMSG_HEADER + 4 * MOST;

    // struct msghdr of a 64-bit machine: name, namelen, iov, iovlen, control, controllen, flags
    static final int IOV = 16;
    static final int CONTROL = 32;
    static final int CONTROLLEN = 40;
    static final int FLAGS = 48;
    static final int IOVEC = 56; // after it, struct iovec: base, len
    static final int CMSG = 72; // after that, the control buffer: struct cmsghdr, with len, level, type; data

    private final ByteBuffer fields; // keeps alive what address names
    private final long address;

    MessageHeader() {
        fields = ByteBuffer.allocateDirect(CMSG + ROOM).order(ByteOrder.nativeOrder());
        address = Memory.address(fields);
        fields.putLong(IOV, address + IOVEC).putLong(IOV + 8, 1).putLong(CONTROL, address + CMSG);
    }

    long address() {
        return address;
    }

    /** Sets what is between the buffer's position and its limit as the data; to be kept reachable until the call has returned. */
    void setData(ByteBuffer buffer) {
        if (!buffer.isDirect()) {
            throw new IllegalArgumentException("the kernel needs a direct buffer");
        }
        if (!buffer.hasRemaining()) {
            throw new IllegalArgumentException("there is nothing between the buffer's position and its limit");
        }
        fields.putLong(IOVEC, Memory.address(buffer)).putLong(IOVEC + 8, buffer.remaining());
    }

    /** Makes room for descriptors that may come. */
    void makeRoom() {
        fields.putLong(CONTROLLEN, ROOM);
    }

    /** Sets what goes beside the data; at most {@link #MOST} descriptors. */
    void setDescriptors(int... descriptors) {
        int length = CMSG_HEADER + 4 * descriptors.length;
        fields.putLong(CONTROLLEN, descriptors.length == 0 ? 0 : length);
        fields.putLong(CMSG, length).putInt(CMSG + 8, Packets.SOL_SOCKET).putInt(CMSG + 12, Packets.SCM_RIGHTS);
        for (int i = 0; i < descriptors.length; i++) {
            fields.putInt(CMSG + CMSG_HEADER + 4 * i, descriptors[i]);
        }
    }

    /**
     * Hands out the descriptors that came, if any, and {@link PacketWriter#NONE} in place of the last of them if this
     * process had no numbers left; closes them all if there were more than {@link #MOST}, and those that the taker leaves.
     */
    void takeDescriptors(IntConsumer taker) throws IOException {
        boolean truncated = (fields.getInt(FLAGS) & Packets.MSG_CTRUNC) != 0;
        boolean rights = fields.getLong(CONTROLLEN) >= CMSG_HEADER
                && fields.getInt(CMSG + 8) == Packets.SOL_SOCKET
                && fields.getInt(CMSG + 12) == Packets.SCM_RIGHTS;
        int count = rights ? (int) (fields.getLong(CMSG) - CMSG_HEADER) / 4 : 0;
        boolean tooMany = truncated && count == MOST;
        int given = 0;
        try {
            while (!tooMany && given < count) {
                given++;
                taker.accept(descriptor(given - 1));
            }
        } finally {
            for (int i = given; i < count; i++) {
                Descriptors.close(descriptor(i));
            }
        }
        if (tooMany) {
            throw new IOException("more descriptors came than the " + count + " there was room for");
        }
        if (truncated) {
            taker.accept(PacketWriter.NONE);
        }
    }

    private int descriptor(int index) {
        return fields.getInt(CMSG + CMSG_HEADER + 4 * index);
    }
}
