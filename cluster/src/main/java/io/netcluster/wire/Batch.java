package io.netcluster.wire;

import io.netcluster.sys.Errno;
import io.netcluster.sys.ErrnoException;
import io.netcluster.sys.PacketWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.LockSupport;

/** Whole frames or parts of them, to be written together, and where in them descriptors belong. */
final class Batch {
    /** Where in a frame's header it says how many descriptors come with it: its own, and those of frames that follow. */
    private static final int COUNT = 6;

    private static final long RETRY_NANOS = 1_000_000;

    /** Of the frame that begins at the position. */
    private record Mark(int position, int descriptor) {}

    private final ByteBuffer bytes;
    private final Queue<Mark> marks = new ArrayDeque<>();

    Batch(int size) {
        bytes = ByteBuffer.allocateDirect(size);
    }

    ByteBuffer bytes() {
        return bytes;
    }

    /** The frame whose header comes next, in one piece, has this descriptor, unless it is {@link PacketWriter#NONE}. */
    void mark(int descriptor) {
        if (descriptor >= 0) {
            marks.add(new Mark(bytes.position(), descriptor));
        }
    }

    /** How many are yet to be written. */
    int descriptors() {
        return marks.size();
    }

    /**
     * Writes some of it, with as many descriptors as may go at once.
     *
     * @return false if the peer's buffer is full, or, after a millisecond, if as many descriptors are under way as this
     *     user may have open: unix(7)
     */
    boolean write(PacketWriter writer) throws IOException {
        try {
            return writeOnce(writer);
        } catch (ErrnoException e) {
            if (!e.is(Errno.ETOOMANYREFS)) {
                throw e;
            }
            LockSupport.parkNanos(RETRY_NANOS);
            return false;
        }
    }

    private boolean writeOnce(PacketWriter writer) throws IOException {
        int end = bytes.limit();
        var next = marks.peek();
        boolean due = next != null && next.position == bytes.position();
        int[] descriptors = due ? nextDescriptors() : new int[0];
        if (due) {
            bytes.putShort(next.position + COUNT, (short) descriptors.length);
        }
        bytes.limit(marks.stream()
                .skip(descriptors.length)
                .mapToInt(Mark::position)
                .findFirst()
                .orElse(end));
        try {
            boolean written = writer.write(bytes, descriptors) > 0;
            for (int i = 0; written && i < descriptors.length; i++) {
                marks.remove();
            }
            return written;
        } finally {
            bytes.limit(end);
        }
    }

    private int[] nextDescriptors() {
        return marks.stream()
                .limit(PacketWriter.MOST)
                .mapToInt(Mark::descriptor)
                .toArray();
    }
}
