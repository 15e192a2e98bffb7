package io.netcluster.wire;

import io.netcluster.sys.PacketWriter;
import io.netcluster.sys.Sockets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What a message channel has yet to write, which is bounded: who sends faster than the peer reads waits.
 *
 * <p>Whoever sends after a pause writes at once, by itself, so that a single message waits for no other thread. In a
 * stream of them a thread of its own writes what has gathered meanwhile, many messages with one system call; descriptors wait a moment for others to go with. No sender
 * waits in the kernel: a virtual thread that waits for room is parked.
 */
final class Outbox {
    private static final int ROOM = 128 * 1024;
    private static final long PAUSE_NANOS = 50_000;
    private static final long POLL_MILLIS = 10_000;
    private static final long DELAY_NANOS = 2_000_000;
    private static final int LOOKS = 50; // without anything to wait for, before the thread sleeps
    private static final int COMPANY = 16; // descriptors that are worth a system call

    private final String name;
    private final ReentrantLock turn = new ReentrantLock(); // held for a whole frame
    private final ReentrantLock lock = new ReentrantLock(); // guards what follows
    private final Condition room = lock.newCondition();
    private final Condition work = lock.newCondition();
    private final Condition idle = lock.newCondition();
    private Batch filling = new Batch(0);
    private Batch flushing = new Batch(0);
    private final Overflow overflow = new Overflow();
    private boolean inFrame; // a sender has put half a frame into the batch, and waits for room
    private int fd = -1;
    private @Nullable PacketWriter writer;
    private @Nullable Thread thread;
    private boolean writing;
    private boolean wanted;
    private boolean closed;
    private boolean hasty;
    private long lastSent;
    private boolean urgent; // what waits is not to wait for more
    private boolean watching;
    private int looks;
    private volatile boolean heard;

    /**
     * What is sent.
     *
     * @param descriptor goes with it, or is {@link PacketWriter#NONE}
     * @param patient whether it may wait, until {@link #flush()} or for 2 ms, for others to go with
     */
    record Frame(ByteBuffer header, Parcel content, int descriptor, boolean patient) {}

    Outbox(String name) {
        this.name = name;
    }

    /** Begins to write, to a socket that stays the caller's and is open until {@link #close}. */
    void open(int socket) {
        lock.lock();
        try {
            fd = socket;
            writer = new PacketWriter(socket);
            wake();
        } finally {
            lock.unlock();
        }
    }

    /** The peer has been heard of: what is sent next is likely to be waited for. Any thread. */
    void heard() {
        if (!heard) {
            heard = true;
        }
    }

    /**
     * Takes a frame; waits for room.
     *
     * @throws InterruptedException if interrupted before anything of the frame was taken
     * @throws IOException if the channel has ended
     */
    void put(Frame frame) throws IOException, InterruptedException {
        turn.lockInterruptibly();
        try {
            lock.lockInterruptibly();
            try {
                while (!closed && (!overflow.isEmpty() || filling.bytes().remaining() < frame.header.remaining())) {
                    if (!grow()) {
                        wake();
                        room.await();
                    }
                }
                requireOpen();
                copy(frame);
                sent(frame);
            } finally {
                lock.unlock();
            }
        } finally {
            turn.unlock();
        }
    }

    /**
     * Takes a frame and does not wait for room; for the thread that reads, for whom the peer may be waiting in turn.
     *
     * @param most how many bytes may be waiting already
     * @return false if more are
     */
    boolean putNow(Frame frame, int most) throws IOException {
        lock.lock();
        try {
            requireOpen();
            if (overflow.bytes() > most) {
                return false;
            }
            overflow.add(frame);
            grow();
            moveOverflow();
            sent(frame);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Writes what there is, as far as the peer's buffer has room for it; the rest is left to the thread. */
    void flush() {
        lock.lock();
        try {
            write(false);
        } finally {
            lock.unlock();
        }
    }

    /** What did not fit goes first when there is room; not into the middle of a frame. */
    private void moveOverflow() {
        if (!inFrame) {
            overflow.moveTo(filling);
        }
    }

    /** The buffers are made when there is something to put into them; most workers never send a message. */
    private boolean grow() {
        if (filling.bytes().capacity() > 0) {
            return false;
        }
        filling = new Batch(ROOM);
        flushing = new Batch(ROOM);
        flushing.bytes().limit(0);
        return true;
    }

    private void copy(Frame frame) throws IOException {
        filling.mark(frame.descriptor);
        filling.bytes().put(frame.header);
        var body = frame.content.bytes();
        inFrame = true;
        try {
            for (int copied = 0; copied < body.length; ) {
                while (!filling.bytes().hasRemaining()) {
                    wake();
                    room.awaitUninterruptibly(); // half a frame cannot be taken back
                    requireOpen();
                }
                int some = Math.min(filling.bytes().remaining(), body.length - copied);
                filling.bytes().put(body, copied, some);
                copied += some;
            }
        } finally {
            inFrame = false;
        }
        urgent |= !overflow.isEmpty();
        moveOverflow();
    }

    private void sent(Frame frame) {
        long now = System.nanoTime();
        boolean alone = heard || now - lastSent > PAUSE_NANOS;
        lastSent = now;
        heard = false;
        urgent |= !frame.patient;
        if (hasty) {
            writeAll();
        } else if (filling.descriptors() >= COMPANY || (alone && !frame.patient)) {
            write(false);
        } else if (frame.patient) {
            watch();
        } else if (!writing) {
            wake();
        }
    }

    /** Has the thread look now and then, so that it need not be woken each time. */
    private void watch() {
        looks = 0;
        if (!watching) {
            watching = true;
            startThread();
            work.signal();
        }
    }

    /** The JVM may end when this returns. */
    private void writeAll() {
        while (!closed && writer != null && (writing || hasBytes())) {
            if (writing) {
                idle.awaitUninterruptibly();
            } else {
                write(true);
            }
        }
    }

    private boolean hasBytes() {
        return flushing.bytes().hasRemaining() || filling.bytes().position() > 0;
    }

    private void wake() {
        urgent = true;
        if (wanted || closed || writer == null) {
            return;
        }
        wanted = true;
        startThread();
        work.signal();
    }

    private void startThread() {
        if (thread == null) {
            thread = Thread.ofPlatform().daemon().name(name).unstarted(this::writeAlways);
            thread.start();
        }
    }

    private void writeAlways() {
        lock.lock();
        try {
            while (!closed) {
                awaitWork();
                wanted = false;
                write(true);
            }
        } finally {
            lock.unlock();
        }
    }

    private void awaitWork() {
        while (!wanted && !closed) {
            if (!watching) {
                work.awaitUninterruptibly();
                continue;
            }
            try {
                work.awaitNanos(DELAY_NANOS);
            } catch (InterruptedException e) {
                continue; // nobody has a reason to interrupt this thread
            }
            wanted |= hasBytes();
            looks++;
            watching = wanted || looks < LOOKS;
        }
    }

    /** Writes what there is, without the lock meanwhile; an impatient writer leaves to the thread what does not go at once. */
    private void write(boolean patient) {
        var to = writer;
        if (to == null || writing || closed) { // closed: the number may be another's socket by now
            return;
        }
        writing = true;
        try {
            do {
                if (!flushing.bytes().hasRemaining()) {
                    swap();
                }
            } while (flushing.bytes().hasRemaining() && writeBatch(to, patient) && patient);
        } catch (IOException e) {
            closed = true;
            room.signalAll();
            Sockets.shutdown(fd); // so that the reader sees the end too, and says so to all who wait
        } finally {
            writing = false;
        }
        if (flushing.bytes().hasRemaining() || urgent || filling.descriptors() >= COMPANY) {
            wake();
        }
        idle.signalAll();
    }

    private void swap() {
        var full = filling;
        filling = flushing;
        flushing = full;
        flushing.bytes().flip();
        filling.bytes().clear();
        moveOverflow();
        urgent = filling.bytes().position() > 0; // it has waited
        room.signalAll();
    }

    /** False if the peer has no room and the writer no patience. */
    private boolean writeBatch(PacketWriter to, boolean patient) throws IOException {
        var batch = flushing;
        lock.unlock();
        try {
            while (batch.bytes().hasRemaining()) {
                if (!batch.write(to)) {
                    if (!patient) {
                        return false;
                    }
                    Sockets.awaitWritable(fd, POLL_MILLIS);
                }
            }
            return true;
        } finally {
            lock.lock();
        }
    }

    private void requireOpen() throws IOException {
        if (closed) {
            throw new IOException("the message channel has ended");
        }
    }

    /** From now on every message is written before its sender goes on. */
    void hurry() {
        lock.lock();
        try {
            hasty = true;
        } finally {
            lock.unlock();
        }
    }

    /** As {@link #hurry}; waits until the earlier ones are written, for a bounded time. */
    void flush(long nanos) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            hasty = true;
            for (long left = nanos; !closed && left > 0 && isUnwritten(); ) {
                wake();
                left = idle.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean isUnwritten() {
        return writing || hasBytes() || !overflow.isEmpty();
    }

    /** Whether it has taken something, and not written it yet. */
    boolean hasFrames() {
        lock.lock();
        try {
            return isUnwritten();
        } finally {
            lock.unlock();
        }
    }

    /** Ends it: who waits for room is told, and when this returns nobody writes to the socket any more. */
    void close() {
        lock.lock();
        try {
            closed = true;
            room.signalAll();
            work.signalAll();
            idle.signalAll();
            while (writing) {
                idle.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }
}
