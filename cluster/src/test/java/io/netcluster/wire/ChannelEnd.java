package io.netcluster.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.sys.Descriptors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One end of a message channel: a thread reads it and hands what comes to the test. */
final class ChannelEnd implements MessageChannel.Receiver, AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(20);

    /** What has come; the descriptor is -1 if there was none. */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares them
    record Came(String kind, long number, byte[] bytes, int descriptor) {
        String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    private final MessageChannel channel;
    private final BlockingQueue<Came> all = new LinkedBlockingQueue<>();
    private final CompletableFuture<@Nullable IOException> result = new CompletableFuture<>();
    private final CountDownLatch gate = new CountDownLatch(1);
    private final Thread reader;
    private final int fd;
    private volatile boolean held;
    private volatile Consumer<Came> handler = all::add;

    /** Over a connection, which is this end's from now on; it reads when told to {@link #start}. */
    ChannelEnd(int fd) {
        this.fd = fd;
        channel = new MessageChannel("test-" + fd);
        channel.receiver(this);
        reader = Thread.ofPlatform().daemon().name("test-reader").unstarted(this::run);
    }

    static Parcel parcel(String text) {
        return new Parcel((byte) 1, text.getBytes(StandardCharsets.UTF_8));
    }

    static Parcel parcel(int size) {
        return new Parcel((byte) 2, new byte[size]);
    }

    /** Waits for what nobody tells of. */
    static void await(String what, BooleanSupplier condition) {
        var deadline = Instant.now().plus(PATIENCE);
        while (!condition.getAsBoolean()) {
            assertThat(Instant.now()).as(what).isBefore(deadline);
            Thread.onSpinWait();
        }
    }

    static void awaitWaiting(Thread thread) {
        await(thread + " waits", () -> thread.getState() == Thread.State.WAITING);
    }

    /** Waits until nothing more can be written, as the peer does not read, and never will unless told. */
    void awaitFull(ChannelEnd peer) {
        awaitWaiting(peer.reader);
        awaitFull("test-" + fd + "-write");
    }

    /** Waits until the thread of this name has more to write than the kernel takes. */
    static void awaitFull(String thread) {
        await(
                "the kernel's buffer is full",
                () -> Thread.getAllStackTraces().entrySet().stream()
                        .filter(entry -> entry.getKey().getName().equals(thread))
                        .flatMap(entry -> Stream.of(entry.getValue()))
                        .anyMatch(frame -> frame.getMethodName().equals("awaitWritable")));
    }

    MessageChannel channel() {
        return channel;
    }

    Thread reader() {
        return reader;
    }

    ChannelEnd start() {
        reader.start();
        return this;
    }

    /** Has each thing that comes given to this, and not written down. */
    ChannelEnd handle(Consumer<Came> given) {
        handler = given;
        return this;
    }

    /** The first thing that comes is not taken before {@link #release}. */
    ChannelEnd hold() {
        held = true;
        return this;
    }

    void release() {
        gate.countDown();
    }

    private void run() {
        try {
            channel.open(fd);
            channel.run(fd);
            result.complete(null);
        } catch (IOException | RuntimeException e) {
            result.complete(e instanceof IOException io ? io : new IOException(e));
        }
    }

    /** Why it has ended: null if the peer has closed. */
    @Nullable
    IOException awaitEnd() throws Exception {
        return result.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    Came next() throws InterruptedException {
        var next = all.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(next).as("something comes").isNotNull();
        return next;
    }

    boolean hasMore() {
        return !all.isEmpty();
    }

    private void came(Came thing) {
        try {
            if (held) {
                gate.await();
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        handler.accept(thing);
    }

    @Override
    public void message(Parcel content) {
        came(new Came("message", 0, content.bytes(), -1));
    }

    @Override
    public void socket(long number, Parcel content, int descriptor) {
        came(new Came("socket", number, content.bytes(), descriptor));
    }

    @Override
    public void broadcast(Parcel content) {
        came(new Came("broadcast", 0, content.bytes(), -1));
    }

    @Override
    public void request(long number, Parcel content) {
        came(new Came("request", number, content.bytes(), -1));
    }

    @Override
    public void finished() {
        came(new Came("finished", 0, new byte[0], -1));
    }

    @Override
    public void ended() {
        all.add(new Came("ended", 0, new byte[0], -1));
    }

    /** Ends its channel from this side; the connection is closed when nobody uses it any more. */
    @Override
    public void close() throws Exception {
        release();
        io.netcluster.sys.Sockets.shutdown(fd);
        if (reader.getState() != Thread.State.NEW) {
            var _ = awaitEnd();
            reader.join();
        } else {
            channel.end();
        }
        Descriptors.close(fd);
    }
}
