package io.netcluster.wire;

import io.netcluster.sys.Descriptors;
import io.netcluster.sys.Errno;
import io.netcluster.sys.ErrnoException;
import io.netcluster.sys.PacketReader;
import io.netcluster.sys.PacketWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a message channel's frames, many with one system call, and keeps the descriptors that come with them until it is
 * known whose they are. For one thread.
 */
final class FrameReader implements AutoCloseable {
    /** How many bytes of a frame are before its content. */
    static final int HEADER = 16;

    private static final int CHUNK = 64 * 1024;
    private static final int MAX_DESCRIPTORS = 1024; // that have come, and whose frames have not

    private final PacketReader from;
    private final ByteBuffer in = ByteBuffer.allocateDirect(CHUNK).flip();
    private final Queue<Integer> descriptors = new ArrayDeque<>(); // that have come
    private final Queue<Integer> due = new ArrayDeque<>(); // for the frames that follow
    private final IntConsumer came = descriptors::add;
    private final Spin spin = new Spin();

    /** What came, but for a descriptor: {@link #takeDescriptor} has that. */
    record Frame(byte kind, long number, Parcel content) {}

    /** Reads from a connection, which stays the caller's. */
    FrameReader(int fd) {
        from = new PacketReader(fd);
    }

    /**
     * Waits for more; to be called when {@link #next} has nothing.
     *
     * @return false if there is nothing more
     * @throws ProtocolException if too many descriptors have come that no frame spoke of
     */
    boolean read() throws IOException {
        if (descriptors.size() > MAX_DESCRIPTORS) {
            throw new ProtocolException("more than " + MAX_DESCRIPTORS + " descriptors that no message spoke of");
        }
        in.compact();
        boolean more = fill();
        in.flip();
        return more;
    }

    /**
     * The next of the frames that have come.
     *
     * @return null if there is none yet of which all has come; for the rest of one that is longer than what is read at a
     *     time, this waits
     */
    @Nullable
    Frame next() throws IOException {
        if (in.remaining() < HEADER) {
            return null;
        }
        int length = in.getInt(in.position());
        if (length < 0 || length > Parcel.MAX_BYTES) {
            throw new ProtocolException("a message of " + Integer.toUnsignedString(length) + " bytes");
        }
        if (in.remaining() < HEADER + length && HEADER + length <= in.capacity()) {
            return null;
        }
        in.getInt();
        byte kind = in.get();
        byte type = in.get();
        int count = in.getShort();
        long number = in.getLong();
        var content = new Parcel(type, content(length));
        allot(count);
        return new Frame(kind, number, content);
    }

    private byte[] content(int length) throws IOException {
        var bytes = new byte[length];
        int first = Math.min(length, in.remaining());
        in.get(bytes, 0, first);
        for (int done = first; done < length; ) {
            in.clear();
            if (!fill()) {
                throw new IOException("the peer closed in the middle of a message");
            }
            in.flip();
            int some = Math.min(in.remaining(), length - done);
            in.get(bytes, done, some);
            done += some;
        }
        return bytes;
    }

    /**
     * The descriptor that belongs to the frame, the caller's from now on; {@link PacketWriter#NONE} if this process had no
     * number left for it.
     */
    int takeDescriptor() throws ProtocolException {
        var descriptor = due.poll();
        if (descriptor == null) {
            throw new ProtocolException("a message with a socket came without one");
        }
        return descriptor;
    }

    /** So many of the descriptors that have come belong to this frame and to others that follow. */
    private void allot(int count) throws ProtocolException {
        for (int left = count; left > 0; left--) {
            var descriptor = descriptors.poll();
            if (descriptor == null) {
                throw new ProtocolException(count + " descriptors were announced and have not come");
            }
            due.add(descriptor);
            while (descriptor == PacketWriter.NONE && left > 1) {
                due.add(descriptor); // it stands for all that are missing
                left--;
            }
        }
    }

    /** False if there is nothing more. */
    private boolean fill() throws IOException {
        try {
            int read = spin.begins() ? readNow() : 0;
            return (read == 0 ? from.read(in, came) : read) > 0;
        } catch (ErrnoException e) {
            if (e.is(Errno.ECONNRESET)) {
                return false; // it has ended and left something unread, see unix(7)
            }
            throw e;
        }
    }

    private int readNow() throws IOException {
        do {
            int read = from.readNow(in, came);
            if (read != 0) {
                spin.succeeded();
                return read;
            }
        } while (spin.goesOn());
        return 0;
    }

    /** Closes the descriptors that nobody has taken. */
    @Override
    public void close() {
        closeAll(descriptors);
        closeAll(due);
    }

    private static void closeAll(Queue<Integer> descriptors) {
        descriptors.stream().filter(descriptor -> descriptor >= 0).forEach(Descriptors::close);
        descriptors.clear();
    }
}
