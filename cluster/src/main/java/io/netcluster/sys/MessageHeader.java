package io.netcluster.sys;

import static io.netcluster.sys.Packets.CMSG_HEADER;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.function.IntConsumer;

/** A struct msghdr with one struct iovec and a control buffer, for sendmsg(2) and recvmsg(2), made once and used again. */
final class MessageHeader {
    // struct msghdr of a 64-bit machine: name, namelen, iov, iovlen, control, controllen, flags
    private static final int IOV = 16;
    private static final int CONTROL = 32;
    private static final int CONTROLLEN = 40;
    private static final int FLAGS = 48;
    private static final int IOVEC = 56; // after it, struct iovec: base, len
    private static final int CMSG = 72; // after that, the control buffer: struct cmsghdr, with len, level, type; data

    private final int room;
    private final MemorySegment memory; // keeps alive what address names
    private final ByteBuffer fields;
    private final long address;

    MessageHeader(int room) {
        this.room = room;
        memory = Arena.ofAuto().allocate(CMSG + room, 8);
        fields = Linux.buffer(memory);
        address = memory.address();
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
        fields.putLong(IOVEC, MemorySegment.ofBuffer(buffer).address()).putLong(IOVEC + 8, buffer.remaining());
    }

    void setControl(boolean used) {
        fields.putLong(CONTROLLEN, used ? room : 0);
    }

    void putDescriptor(int descriptor) {
        fields.putLong(CMSG, CMSG_HEADER + 4)
                .putInt(CMSG + 8, Packets.SOL_SOCKET)
                .putInt(CMSG + 12, Packets.SCM_RIGHTS)
                .putInt(CMSG + CMSG_HEADER, descriptor);
    }

    /**
     * Hands out the descriptors that came, if any, or {@link PacketWriter#NONE} in place of those that this process has no
     * number for; closes them if there were more, and those that the taker leaves.
     */
    void takeDescriptors(IntConsumer taker) throws IOException {
        boolean truncated = (fields.getInt(FLAGS) & Packets.MSG_CTRUNC) != 0;
        boolean rights = fields.getLong(CONTROLLEN) >= CMSG_HEADER
                && fields.getInt(CMSG + 8) == Packets.SOL_SOCKET
                && fields.getInt(CMSG + 12) == Packets.SCM_RIGHTS;
        int count = rights ? (int) (fields.getLong(CMSG) - CMSG_HEADER) / 4 : 0;
        if (truncated && count == 0) {
            taker.accept(PacketWriter.NONE);
            return;
        }
        int given = 0;
        try {
            while (!truncated && given < count) {
                given++;
                taker.accept(descriptor(given - 1));
            }
        } finally {
            for (int i = given; i < count; i++) {
                Descriptors.close(descriptor(i));
            }
        }
        if (truncated) {
            throw new IOException("more descriptors came than the " + count + " there was room for");
        }
    }

    private int descriptor(int index) {
        return fields.getInt(CMSG + CMSG_HEADER + 4 * index);
    }
}
