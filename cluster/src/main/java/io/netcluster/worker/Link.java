package io.netcluster.worker;

import io.netcluster.sys.Descriptors;
import io.netcluster.wire.Frames;
import io.netcluster.wire.Frames.Received;
import io.netcluster.wire.Message;
import io.netcluster.wire.Message.Close;
import io.netcluster.wire.Message.FromWorker;
import io.netcluster.wire.Message.Granted;
import io.netcluster.wire.Message.Ready;
import io.netcluster.wire.Message.Withdrawn;
import java.io.IOException;
import java.net.BindException;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The worker's end of the link: any thread may ask, and what comes is handed on by the thread that {@link Dialing} is.
 *
 * <p>When the primary has died and another may come, what is asked waits for that one.
 */
final class Link {
    private static final long SEEING_NANOS = 1_000_000_000;

    private final Identity identity;
    private final Announcements announcements = new Announcements(this);
    private final Listeners listeners;
    private final HandBack handBack;
    private final Backlog backlog = new Backlog();
    private final CompletableFuture<String> welcomed = new CompletableFuture<>();
    private final Map<Long, CompletableFuture<Received>> pending = new ConcurrentHashMap<>();
    private final AtomicLong lastGrant = new AtomicLong();
    private volatile CompletableFuture<Frames> frames = new CompletableFuture<>();
    private final Object losses = new Object();
    private volatile boolean again;
    private volatile long primary;
    private @Nullable Drain drain;

    Link(Identity identity, Listeners listeners) {
        this.identity = identity;
        this.listeners = listeners;
        this.handBack = new HandBack(listeners);
    }

    /** What tells the primary of this worker's own listeners. */
    Announcements announcements() {
        return announcements;
    }

    /** What a new primary is told. */
    HandBack handBack() {
        return handBack;
    }

    /** This worker's drain, which begins when it is told to; made late, for a worker's start has no need of it. */
    synchronized Drain drain() {
        if (drain == null) {
            drain = new Drain(this, listeners, announcements);
        }
        return drain;
    }

    Identity identity() {
        return identity;
    }

    /** Waits until the primary knows this worker, for a bounded time. */
    void awaitWelcome() throws IOException {
        var _ = await(welcomed);
    }

    /** The primary's process, once it has said so. */
    OptionalLong primary() {
        return primary == 0 ? OptionalLong.empty() : OptionalLong.of(primary);
    }

    /** Starts the thread that dials the primary and listens to it. */
    void start() {
        var thread = new Thread(null, new Dialing(this), "netcluster-link", 0, false);
        thread.setDaemon(true);
        thread.start();
    }

    // ------------------------------------------------------------------ for the thread that reads

    /** Whether another primary will be dialled when this one is gone. */
    void dialsAgain(boolean does) {
        again = does;
    }

    /** The primary knows this worker. */
    void welcomed(long pid) {
        primary = pid;
        welcomed.complete("");
    }

    /** A hand-back begins: it tells what has been closed until now by leaving it out. */
    void handingBack() {
        backlog.forget();
    }

    /** Whoever asks and tells from now on does so here. */
    void open(Frames dialed) throws IOException {
        backlog.open(dialed);
        frames.complete(dialed);
    }

    /** An answer has come. */
    void answered(Frames dialed, Received received, long grant) throws IOException {
        if (received.message() instanceof Withdrawn) {
            listeners.withdrawn(grant);
        }
        boolean isGranted = received.message() instanceof Granted;
        if (isGranted) {
            handBack.granted();
        }
        var waiting = pending.remove(grant);
        if (waiting == null || !waiting.complete(received)) {
            // the one who asked has given up: what was granted goes back
            received.descriptor().ifPresent(Descriptors::close);
            if (isGranted) {
                handBack.arrived();
                dialed.send(new Close(grant), Frames.NONE);
            }
        }
    }

    /**
     * The primary is gone.
     *
     * @param isFinal whether none will come in its place
     */
    void lost(String why, boolean isFinal) {
        backlog.close();
        synchronized (losses) {
            again = !isFinal;
            if (isFinal) {
                welcomed.completeExceptionally(new IOException(why));
                frames.completeExceptionally(new IOException(why));
            } else if (frames.isDone()) {
                frames = new CompletableFuture<>();
            }
            losses.notifyAll();
        }
        pending.forEach((_, answer) -> answer.completeExceptionally(new IOException(why)));
    }

    // ------------------------------------------------------------------ for all others

    /** Whether there is no primary at the moment. */
    boolean isDown() {
        return !frames.isDone();
    }

    /** A number for a new listener. */
    long newGrant() {
        return lastGrant.incrementAndGet();
    }

    /** Tells the primary something that it does not answer; waits for one, for a bounded time. */
    void tell(FromWorker message) throws IOException {
        await(frames).send(message, Frames.NONE);
    }

    /** As {@link #tell}, but while there is no primary it is told when there is one. */
    void tellLater(FromWorker message) throws IOException {
        backlog.tell(message);
    }

    /** The program is ready; so it is for every primary that comes. */
    void sayReady() throws IOException {
        handBack.saidReady();
        if (again && isDown()) {
            return; // the next one will be told
        }
        tell(new Ready());
    }

    /**
     * Asks and waits for the answer, for a bounded time; an interrupt is kept for later. A listener that has been granted
     * is to be reported to {@link #handBack} when it has arrived.
     *
     * @param grant the number that the answer will bear
     * @param socket a descriptor to go with it, which stays the caller's
     * @return the answer; a descriptor that came with it is the caller's
     * @throws LostLinkException if the primary has died meanwhile, and the next one may be asked
     * @throws BindException if none came
     */
    Received ask(Message message, long grant, OptionalInt socket) throws BindException {
        var answer = new CompletableFuture<Received>();
        var asked = frames;
        boolean connected = false;
        try {
            var connection = await(asked);
            connected = true;
            pending.put(grant, answer);
            if (frames != asked) {
                throw new IOException("the primary has died"); // before it could see that somebody waits
            }
            connection.send(message, socket);
            return await(answer);
        } catch (IOException e) {
            pending.remove(grant);
            if (!answer.cancel(false) && answer.state() == Future.State.SUCCESS) {
                return answer.resultNow(); // it came just now
            }
            if (connected && isLost(asked)) {
                throw new LostLinkException(e.toString());
            }
            throw silence(e);
        }
    }

    /** Whether a connection has ended, and another may come; that it cannot be written to is seen sooner than its end. */
    private boolean isLost(CompletableFuture<Frames> asked) {
        synchronized (losses) {
            long deadline = System.nanoTime() + SEEING_NANOS;
            for (long left = SEEING_NANOS; again && frames == asked && left > 0; left = deadline - System.nanoTime()) {
                try {
                    losses.wait(Math.max(1, left / 1_000_000));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    break;
                }
            }
            return again && frames != asked;
        }
    }

    private <T> T await(CompletableFuture<T> future) throws IOException {
        long deadline = System.nanoTime() + identity.answerTimeout().toNanos();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (TimeoutException e) {
                    throw new IOException(
                            "no answer within " + identity.answerTimeout().toMillis() + " ms", e);
                } catch (ExecutionException e) {
                    throw new IOException(String.valueOf(e.getCause()), e);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private BindException silence(IOException cause) {
        var exception = new BindException("netcluster: asked the primary"
                + (primary == 0 ? "" : " (pid " + primary + ")")
                + " for the address, which nobody else may bind, and it is slow or gone: " + cause.getMessage()
                + "; nothing was bound");
        exception.initCause(cause);
        return exception;
    }
}
