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
import java.util.concurrent.ConcurrentHashMap;
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
    private final Promise<String> welcomed = new Promise<>();
    private final Map<Long, Promise<Received>> pending = new ConcurrentHashMap<>();
    private final AtomicLong lastGrant = new AtomicLong();
    private volatile Promise<Frames> frames = new Promise<>();
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
        welcomed.give("");
    }

    /** A hand-back begins: it tells what has been closed until now by leaving it out. */
    void handingBack() {
        backlog.forget();
    }

    /** Whoever asks and tells from now on does so here. */
    void open(Frames dialed) throws IOException {
        backlog.open(dialed);
        frames.give(dialed);
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
        if (waiting == null || !waiting.give(received)) {
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
                welcomed.fail(why);
                frames.fail(why);
            } else if (frames.isOver()) {
                frames = new Promise<>();
            }
            losses.notifyAll();
        }
        for (var answer : pending.values()) {
            answer.fail(why);
        }
    }

    // ------------------------------------------------------------------ for all others

    /** Whether there is no primary at the moment. */
    boolean isDown() {
        return !frames.isOver();
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
        var answer = new Promise<Received>();
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
            var late = answer.abandon();
            if (late != null) {
                return late; // it came just now
            }
            if (connected && isLost(asked)) {
                throw new LostLinkException(e.toString());
            }
            throw silence(e);
        }
    }

    /** Whether a connection has ended, and another may come; that it cannot be written to is seen sooner than its end. */
    private boolean isLost(Promise<Frames> asked) {
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

    private <T> T await(Promise<T> promised) throws IOException {
        return promised.await(identity.answerTimeout().toMillis());
    }

    /** One that drains gets no answer, as its JVM is about to end. */
    private BindException silence(IOException cause) {
        if (drain().isDraining()) {
            return new BindException("netcluster: this worker has been asked to end, and gets no other listener;"
                    + " nothing was bound");
        }
        var exception = new BindException("netcluster: asked the primary"
                + (primary == 0 ? "" : " (pid " + primary + ")")
                + " for the address, which nobody else may bind, and it is slow or gone: " + cause.getMessage()
                + "; nothing was bound");
        exception.initCause(cause);
        return exception;
    }
}
