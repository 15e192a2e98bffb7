package io.netcluster.wire;

import io.netcluster.sys.PacketWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;

/** Whole frames or parts of them, to be written together, and where in them descriptors belong. */
final class Batch {
    /** Where in a frame's header it says how many descriptors come with it: its own, and those of frames that follow. */
    private static final int COUNT = 6;

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

    /** The frame whose header comes next, in one piece, has a descriptor. */
    void mark(int descriptor) {
        marks.add(new Mark(bytes.position(), descriptor));
    }

    /** How many are yet to be written. */
    int descriptors() {
        return marks.size();
    }

    /** Writes some of it, with as many descriptors as may go at once; false if the peer's buffer is full. */
    boolean write(PacketWriter writer) throws IOException {
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
