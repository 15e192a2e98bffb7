package io.netcluster.wire;

import io.netcluster.sys.Descriptors;
import io.netcluster.sys.PacketWriter;
import io.netcluster.sys.Sockets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A worker's second connection: the program's messages, requests and sockets, in the order in which they were sent.
 *
 * <p>One thread reads, in {@link #run}, and hands what comes to the {@link Receiver} itself: while that works, nothing
 * more is read, the kernel's buffers fill, and the sender waits. A frame is 16 bytes, then the content: its length, its
 * kind, the content's type, how many descriptors come with it and belong to it and to frames that follow, and a number,
 * which ties a reply to its request.
 *
 * <p>A socket that was sent is kept here as well until the peer has said that it has taken it, or is gone.
 */
public final class MessageChannel {
    /** How much may wait for room when it is sent by one who must not wait, as others wait for him. */
    public static final int PILE = Parcel.MAX_BYTES;

    private static final byte MESSAGE = 1;
    private static final byte REQUEST = 2;
    private static final byte REPLY = 3;
    private static final byte FAILURE = 4;
    private static final byte SOCKET = 5;
    private static final byte TAKEN = 6;
    private static final byte FINISH = 7;
    private static final byte BROADCAST = 8;
    private static final byte REFUSED = 9;
    private static final Parcel NOTHING = new Parcel((byte) 0, new byte[0]);

    /** Takes what comes, one thing after the other, by the thread that reads. It throws nothing. */
    public interface Receiver {
        /** A message. */
        void message(Parcel content);

        /**
         * A message with a socket.
         *
         * @param number to be given to {@link #taken} when the program has the socket, or to {@link #refused}
         * @param descriptor the receiver's from now on
         */
        void socket(long number, Parcel content, int descriptor);

        /** A message for everybody. */
        void broadcast(Parcel content);

        /** A request, to be answered under its number by {@link #reply} or {@link #fail}. */
        void request(long number, Parcel content);

        /** The peer will send no more, and still reads. */
        void finished();

        /** The channel has ended. */
        void ended();
    }

    /** A socket came back: the peer was gone before it took it, or could not take it. */
    public static final class Returned extends IOException {
        private static final long serialVersionUID = 1;
        private final transient int descriptor;

        Returned(int descriptor) {
            super("the peer has not taken the socket");
            this.descriptor = descriptor;
        }

        /** The socket, the catcher's from now on. */
        public int descriptor() {
            return descriptor;
        }
    }

    private record Sent(int descriptor, CompletableFuture<Void> taken) {}

    private final Outbox outbox;
    private final Map<Long, CompletableFuture<Parcel>> requests = new ConcurrentHashMap<>();
    private final Map<Long, Sent> sockets = new ConcurrentHashMap<>();
    private final AtomicLong lastNumber = new AtomicLong();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private volatile @Nullable Receiver receiver;
    private volatile @Nullable Thread reader;
    private boolean flushing; // the reader's: something may be waiting for others, and it is time
    private boolean begun;

    /** A channel that keeps what is sent until it has a connection; the name is its threads'. */
    public MessageChannel(String name) {
        this.outbox = new Outbox(name + "-write");
    }

    /** Who takes what comes; to be set before {@link #run}. */
    public void receiver(Receiver taker) {
        receiver = taker;
    }

    /** Completes when the channel has ended and everything that came has been taken. */
    public CompletableFuture<Void> ended() {
        return ended.copy();
    }

    /** Claims the channel's one connection; false if it has had it. */
    public synchronized boolean begin() {
        boolean first = !begun;
        begun = true;
        return first;
    }

    /** Whether this thread is the one that reads, and completes what waits for a reply. */
    public boolean isReading() {
        return Thread.currentThread() == reader;
    }

    /** Whether something has been sent, and there is no connection to take it to the peer. */
    public synchronized boolean isAwaited() {
        return !begun && outbox.hasFrames();
    }

    // ------------------------------------------------------------------ sending

    /**
     * Sends a message; waits while too much waits to be read by the peer. Any thread; a receiver does not wait, until 16
     * MiB are waiting.
     */
    public void send(Parcel content) throws IOException, InterruptedException {
        put(MESSAGE, 0, content, PacketWriter.NONE, false);
    }

    /**
     * Sends a message without waiting.
     *
     * @param most how many bytes may be waiting for room already
     * @return false if more are, and it has not been sent
     */
    public boolean offer(Parcel content, int most) throws IOException {
        return outbox.putNow(new Outbox.Frame(header(MESSAGE, 0, content), content, PacketWriter.NONE, false), most);
    }

    /** Sends a message that the peer is to pass on to all others; waits as {@link #send(Parcel)} does. */
    public void broadcast(Parcel content) throws IOException, InterruptedException {
        put(BROADCAST, 0, content, PacketWriter.NONE, false);
    }

    /**
     * Sends a message with a socket, which is the channel's from now on; waits as {@link #send(Parcel)} does.
     *
     * @return completed when the peer has taken it; fails with {@link Returned} if it never will, or the thread was
     *     interrupted, which it still is then
     */
    public CompletableFuture<Void> send(Parcel content, int socket) {
        long number = lastNumber.incrementAndGet();
        var taken = new CompletableFuture<Void>();
        sockets.put(number, new Sent(socket, taken));
        try {
            put(SOCKET, number, content, socket, sockets.size() > 1);
        } catch (IOException e) {
            giveBack(number);
        } catch (InterruptedException e) {
            giveBack(number);
            Thread.currentThread().interrupt();
        }
        if (ended.isDone()) {
            giveBack(number); // it ended just now
        }
        return taken;
    }

    /** Sends a request. The reply's future may be cancelled; it fails with an IOException if the peer cannot answer. */
    public CompletableFuture<Parcel> request(Parcel content) throws IOException, InterruptedException {
        long number = lastNumber.incrementAndGet();
        var reply = new CompletableFuture<Parcel>();
        requests.put(number, reply);
        var _ = reply.whenComplete((_, _) -> requests.remove(number));
        try {
            put(REQUEST, number, content, PacketWriter.NONE, false);
        } catch (IOException | InterruptedException e) {
            requests.remove(number);
            throw e;
        }
        if (ended.isDone()) {
            reply.completeExceptionally(gone());
        }
        return reply;
    }

    /** Answers a request. */
    public void reply(long number, Parcel content) throws IOException, InterruptedException {
        put(REPLY, number, content, PacketWriter.NONE, false);
    }

    /** Answers a request that could not be fulfilled. */
    public void fail(long number, String why) throws IOException, InterruptedException {
        put(FAILURE, number, new Parcel((byte) 0, why.getBytes(StandardCharsets.UTF_8)), PacketWriter.NONE, false);
    }

    /** Says that the program has taken a socket: the peer gives up its own copy. Does not wait. */
    public void taken(long number) {
        boolean reading = isReading();
        flushing |= reading;
        putNow(TAKEN, number, reading);
    }

    /** Says that the program will never take a socket: the peer gets it back. Does not wait. */
    public void refused(long number) {
        putNow(REFUSED, number, false);
    }

    /** Says that no more will be sent, after what has been; does not wait. */
    public void finish() {
        putNow(FINISH, 0, false);
    }

    private void put(byte kind, long number, Parcel content, int descriptor, boolean patient)
            throws IOException, InterruptedException {
        int length = content.bytes().length;
        if (length > Parcel.MAX_BYTES) {
            throw new IllegalArgumentException("a message of " + length + " bytes; at most " + Parcel.MAX_BYTES
                    + " are allowed: send it in parts, or by a file or socket");
        }
        var frame = new Outbox.Frame(header(kind, number, content), content, descriptor, patient);
        if (!isReading() || !outbox.putNow(frame, PILE)) {
            outbox.put(frame);
        }
    }

    private void putNow(byte kind, long number, boolean patient) {
        try {
            var frame = new Outbox.Frame(header(kind, number, NOTHING), NOTHING, PacketWriter.NONE, patient);
            outbox.putNow(frame, Integer.MAX_VALUE);
        } catch (IOException e) {
            // who has gone need not be told
        }
    }

    private static ByteBuffer header(byte kind, long number, Parcel content) {
        return ByteBuffer.allocate(FrameReader.HEADER)
                .putInt(content.bytes().length)
                .put(kind)
                .put(content.type())
                .putShort((short) 0)
                .putLong(number)
                .flip();
    }

    /** From now on nothing is sent in the background: every message is written before its sender goes on. */
    public void hurry() {
        outbox.hurry();
    }

    /** Waits until what has been sent is written, for a bounded time, and hurries from then on. */
    public void flush(long nanos) throws InterruptedException {
        outbox.flush(nanos);
    }

    // ------------------------------------------------------------------ receiving

    /** What is sent from now on, or waits, is written to a connection; {@link #run} is to follow. */
    public void open(int fd) {
        outbox.open(fd);
    }

    /**
     * Carries the channel over the connection that it has been opened with, which stays the caller's; blocks until it ends.
     *
     * @throws IOException if the peer does not keep to the protocol, or the connection fails
     */
    public void run(int fd) throws IOException {
        reader = Thread.currentThread();
        try {
            try (var frames = new FrameReader(fd)) {
                read(frames);
            }
        } finally {
            Sockets.shutdown(fd);
            end();
        }
    }

    /** Ends a channel that has no connection, or will have none. */
    public void end() {
        outbox.close();
        requests.values().forEach(reply -> reply.completeExceptionally(gone()));
        sockets.keySet().forEach(this::giveBack);
        var taker = receiver;
        if (taker != null && !ended.isDone()) {
            taker.ended();
        }
        ended.complete(null);
        sockets.keySet().forEach(this::giveBack);
    }

    private static IOException gone() {
        return new IOException("the peer ended before it replied");
    }

    private void giveBack(long number) {
        var sent = sockets.remove(number);
        if (sent != null && !sent.taken.completeExceptionally(new Returned(sent.descriptor))) {
            Descriptors.close(sent.descriptor); // nobody waits for it any more
        }
    }

    private void read(FrameReader frames) throws IOException {
        while (frames.read()) {
            for (var frame = frames.next(); frame != null; frame = frames.next()) {
                dispatch(frame, frames);
            }
            if (flushing) {
                flushing = false;
                outbox.flush();
            }
        }
    }

    private void dispatch(FrameReader.Frame frame, FrameReader from) throws IOException {
        byte kind = frame.kind();
        long number = frame.number();
        var content = frame.content();
        var taker = receiver;
        if (taker == null) {
            throw new IllegalStateException("nobody receives");
        }
        if (kind == TAKEN) {
            flushing = true; // sockets wait while others are under way, as RFC 896 has it for small segments
        } else {
            outbox.heard();
        }
        switch (kind) {
            case MESSAGE -> taker.message(content);
            case BROADCAST -> taker.broadcast(content);
            case REQUEST -> taker.request(number, content);
            case REPLY -> {
                var reply = requests.get(number);
                if (reply != null) {
                    reply.complete(content);
                }
            }
            case FAILURE -> {
                var reply = requests.get(number);
                if (reply != null) {
                    reply.completeExceptionally(
                            new IOException("the peer failed: " + new String(content.bytes(), StandardCharsets.UTF_8)));
                }
            }
            case SOCKET -> {
                int descriptor = from.takeDescriptor();
                if (descriptor >= 0) {
                    taker.socket(number, content, descriptor);
                } else {
                    refused(number); // this process had no number left for it
                }
            }
            case TAKEN -> {
                var sent = sockets.remove(number);
                if (sent != null) {
                    Descriptors.close(sent.descriptor);
                    sent.taken.complete(null);
                }
            }
            case REFUSED -> giveBack(number);
            case FINISH -> taker.finished();
            default -> throw new ProtocolException("a message of unknown kind " + kind);
        }
    }
}
