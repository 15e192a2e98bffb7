package io.netcluster;

import io.netcluster.wire.Parcel;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One peer's messages: what {@link Peer} promises, whichever side this is. */
final class Messaging {
    private static final int KEPT_BYTES = 1 << 20; // for a handler to come
    private static final int QUEUED_BYTES =
            16 << 20; // behind what was kept: its handlers may be waiting for the peer's

    /** Hears of messages as well, if it listens. */
    interface Tap {
        boolean listens();

        void received(Message message);
    }

    private final Transport transport;
    private final Contents contents;
    private final @Nullable Tap tap;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Incoming> kept = new ArrayDeque<>();
    private long keptBytes;
    private final Deque<Incoming> heard = new ArrayDeque<>(); // by listeners, and no handler; before what is kept
    private long heardBytes;
    private final ReentrantLock oneAtATime = new ReentrantLock();
    private final AtomicInteger answering = new AtomicInteger(); // requests whose replies are on their way
    private boolean catchingUp;
    private boolean unbounded;
    private volatile @Nullable Consumer<? super Message> onMessage;
    private volatile @Nullable Function<? super Message, ?> onRequest;

    Messaging(Transport transport, Contents contents, @Nullable Tap tap) {
        this.transport = transport;
        this.contents = contents;
        this.tap = tap;
    }

    static Messaging of(Peer peer) {
        return peer instanceof Worker worker ? worker.messaging() : ((ThisWorker) peer).messaging();
    }

    // ------------------------------------------------------------------ what the program sends

    void send(Object message) throws IOException, InterruptedException {
        transport.send(contents.encode(message));
    }

    void broadcast(Object message) throws IOException, InterruptedException {
        transport.sendToAll(contents.encode(message));
    }

    CompletableFuture<Void> send(Object message, Closeable socket) throws IOException {
        return bare(transport.send(contents.encode(message), socket));
    }

    CompletableFuture<Object> request(Object message, Duration timeout) throws IOException, InterruptedException {
        var content = contents.encode(message);
        long nanos = TimeUnit.NANOSECONDS.convert(timeout); // or Long.MAX_VALUE, if that is less
        var reply = transport.request(content);
        var result = bare(reply.thenApply(this::decodeReply)).orTimeout(nanos, TimeUnit.NANOSECONDS);
        var _ = result.whenComplete((_, _) -> reply.cancel(false)); // a reply that comes too late is nobody's
        return result;
    }

    /** The same, but failing with the very exception, which a stage of a stage has in a CompletionException. */
    private static <T extends @Nullable Object> CompletableFuture<T> bare(CompletableFuture<T> stage) {
        var result = new CompletableFuture<T>();
        var _ = stage.whenComplete((value, failure) -> {
            if (failure == null) {
                result.complete(value);
            } else {
                result.completeExceptionally(failure instanceof CompletionException ? cause(failure) : failure);
            }
        });
        return result;
    }

    private Object decodeReply(Parcel content) {
        try {
            return contents.decode(content);
        } catch (Exception e) {
            throw new IllegalStateException("the reply cannot be read: " + e, e);
        }
    }

    // ------------------------------------------------------------------ what the program wants

    void onMessage(Consumer<? super Message> handler) {
        onMessage = handler; // before anything can come
        transport.listen();
        catchUp();
    }

    void onRequest(Function<? super Message, ?> handler) {
        onRequest = handler;
        transport.listen();
        catchUp();
    }

    /** Hands over what was kept, in a thread of its own; what comes meanwhile queues behind. */
    void catchUp() {
        lock.lock();
        try {
            beginCatchingUp();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void beginCatchingUp() {
        if (!catchingUp && isAnyWanted()) {
            catchingUp = true;
            Thread.ofVirtual().name("netcluster-kept").start(this::deliverKept);
        }
    }

    private boolean isAnyWanted() {
        return (onMessage != null && !heard.isEmpty()) || kept.stream().anyMatch(this::isWanted);
    }

    /** Whether all that has come and that somebody wants has been handled, and every reply has been given. */
    boolean isIdle() {
        lock.lock();
        try {
            return !catchingUp && !isAnyWanted() && !oneAtATime.isLocked() && answering.get() == 0;
        } finally {
            lock.unlock();
        }
    }

    /** Whether this thread is in a handler, or in a listener that was given a message. */
    boolean isHandling() {
        return oneAtATime.isHeldByCurrentThread();
    }

    private void deliverKept() {
        for (var next = nextKept(); next != null; next = nextKept()) {
            deliver(next);
        }
    }

    private @Nullable Incoming nextKept() {
        lock.lock();
        try {
            var first = onMessage == null ? null : heard.poll();
            if (first != null) {
                heardBytes -= first.size();
                return first;
            }
            for (var each : kept) {
                if (isWanted(each)) {
                    kept.remove(each);
                    keptBytes -= each.size();
                    changed.signalAll();
                    return each;
                }
            }
            catchingUp = false;
            changed.signalAll();
            return null;
        } finally {
            lock.unlock();
        }
    }

    // ------------------------------------------------------------------ what the peer sends

    /** Takes what has come, by the channel's thread: hands it over, keeps it, or waits. */
    void received(Incoming incoming) {
        lock.lock();
        try {
            while (!mayDeliver(incoming) && !unbounded && keptBytes > (catchingUp ? QUEUED_BYTES : KEPT_BYTES)) {
                changed.awaitUninterruptibly();
            }
            if (!mayDeliver(incoming)) {
                kept.add(incoming);
                keptBytes += incoming.size();
                return;
            }
        } finally {
            lock.unlock();
        }
        deliver(incoming);
    }

    /** Not what would overtake something that was kept, and that somebody wants by now. */
    private boolean mayDeliver(Incoming incoming) {
        boolean wanted = isWanted(incoming);
        if (wanted) {
            beginCatchingUp();
        }
        return wanted && !catchingUp;
    }

    /** The peer has ended: what it has still sent, which is not much, is kept if nobody wants it. */
    void peerEnded() {
        lock.lock();
        try {
            unbounded = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private boolean isWanted(Incoming incoming) {
        return incoming.answer() != null ? onRequest != null : onMessage != null || (tap != null && tap.listens());
    }

    private void deliver(Incoming incoming) {
        oneAtATime.lock();
        try {
            hand(incoming);
        } finally {
            oneAtATime.unlock();
        }
    }

    private void hand(Incoming incoming) {
        Message message;
        try {
            message = new Message(contents.decode(incoming.content()), incoming.socket());
        } catch (Throwable e) {
            report(e);
            incoming.giveBack(e);
            return;
        }
        incoming.acknowledge(true);
        try {
            if (incoming.answer() != null) {
                answer(message, incoming.answer());
                return;
            }
            if (tap != null && !incoming.heard()) {
                tap.received(message);
            }
            var handler = onMessage;
            if (handler != null) {
                handler.accept(message);
            } else {
                keepForHandler(incoming);
            }
        } catch (Throwable e) {
            report(e);
            incoming.refuse(e);
        } finally {
            var _ = Thread.interrupted(); // a handler that interrupts its thread interrupts nothing of ours
        }
    }

    /** Listeners have heard it, a handler may come yet: of this, as it is not lost, only the latest is kept. */
    private void keepForHandler(Incoming incoming) {
        lock.lock();
        try {
            var again = incoming.asHeard();
            heard.add(again);
            heardBytes += again.size();
            while (heardBytes > KEPT_BYTES) {
                heardBytes -= heard.remove().size();
            }
            beginCatchingUp(); // it may have come just now
        } finally {
            lock.unlock();
        }
    }

    private void answer(Message message, Incoming.Answer answer) throws IOException, InterruptedException {
        var handler = onRequest;
        var reply = handler == null ? null : handler.apply(message);
        if (reply instanceof CompletionStage<?> later) {
            answering.incrementAndGet();
            var _ = later.whenComplete((value, failure) -> {
                try {
                    if (failure == null) {
                        answerLater(value, answer);
                    } else {
                        answer.refuse(failure instanceof CompletionException ? cause(failure) : failure);
                    }
                } finally {
                    answering.decrementAndGet();
                }
            });
        } else {
            reply(reply, answer);
        }
    }

    private static Throwable cause(Throwable wrapper) {
        return Objects.requireNonNullElse(wrapper.getCause(), wrapper);
    }

    private void answerLater(Object value, Incoming.Answer answer) {
        try {
            reply(value, answer);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException e) {
            answer.refuse(e);
        }
    }

    private void reply(@Nullable Object value, Incoming.Answer answer) throws IOException, InterruptedException {
        if (value == null) {
            throw new IllegalStateException("the handler returned null, which is no reply");
        }
        answer.reply(contents.encode(value));
    }

    /** A listener or handler that throws harms nobody; what it threw is reported as for any thread. */
    static void report(Throwable thrown) {
        var thread = Thread.currentThread();
        try {
            thread.getUncaughtExceptionHandler().uncaughtException(thread, thrown);
        } catch (Throwable e) {
            // as the JVM does with what such a handler throws
        }
    }
}
