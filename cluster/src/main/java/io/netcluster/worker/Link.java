package io.netcluster.worker;

import io.netcluster.sys.Descriptors;
import io.netcluster.sys.Errno;
import io.netcluster.sys.ErrnoException;
import io.netcluster.sys.Processes;
import io.netcluster.wire.Frames;
import io.netcluster.wire.Frames.Received;
import io.netcluster.wire.Message;
import io.netcluster.wire.Message.Answer;
import io.netcluster.wire.Message.Close;
import io.netcluster.wire.Message.FromWorker;
import io.netcluster.wire.Message.Granted;
import io.netcluster.wire.Message.Hello;
import io.netcluster.wire.Message.Ping;
import io.netcluster.wire.Message.Pong;
import io.netcluster.wire.Message.Reopen;
import io.netcluster.wire.Message.Welcome;
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
import sun.nio.ch.ClusterSockets;

/**
 * The worker's end of the link: one thread reads it, any thread may ask.
 *
 * <p>When the primary is gone, which its end of the link tells at once, the worker ends as on a SIGTERM, unless
 * NETCLUSTER_ORPHAN says that it is to {@code drain} first, or to {@code stay}.
 */
final class Link implements Runnable {
    /** The exit status of a worker that had to be halted: 128 + SIGTERM. */
    static final int TERMINATED = 143;

    private static final long STOP_SECONDS = 30;
    private static final long DYING_MILLIS = 1_000;
    private static final long LOOK_MILLIS = 5;

    private final Identity identity;
    private final Announcements announcements = new Announcements(this);
    private final Listeners listeners;
    private final CompletableFuture<Frames> frames = new CompletableFuture<>();
    private final CompletableFuture<String> welcomed = new CompletableFuture<>();
    private final Map<Long, CompletableFuture<Received>> pending = new ConcurrentHashMap<>();
    private final AtomicLong lastGrant = new AtomicLong();
    private volatile long primary;
    private @Nullable Drain drain;

    Link(Identity identity, Listeners listeners) {
        this.identity = identity;
        this.listeners = listeners;
    }

    /** What tells the primary of this worker's own listeners. */
    Announcements announcements() {
        return announcements;
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
        var thread = new Thread(null, this, "netcluster-link", 0, false);
        thread.setDaemon(true);
        thread.start();
    }

    /** What the link's thread does. */
    @Override
    public void run() {
        boolean welcome = false;
        boolean refused = false;
        try {
            var dialed = new Frames(LinkTransfer.dial(identity.link(), identity.answerTimeout()));
            dialed.send(new Hello(identity.worker(), identity.token(), identity.pid()), Frames.NONE);
            frames.complete(dialed);
            for (var received = dialed.receive(); received != null; received = dialed.receive()) {
                if (received.message() instanceof Welcome words) {
                    primary = words.pid();
                    welcome = true;
                    welcomed.complete("");
                } else if (received.message() instanceof Answer answer) {
                    answered(dialed, received, answer.grant());
                } else if (received.message() instanceof Message.Drain words
                        && received.descriptor().isEmpty()) {
                    drain().begin(words.millis(), words.messages());
                } else if (received.message() instanceof Ping ping
                        && received.descriptor().isEmpty()) {
                    dialed.send(pong(ping), Frames.NONE);
                } else if (received.message() instanceof Reopen files
                        && received.descriptor().isEmpty()) {
                    Output.reopen(files.out(), files.err());
                } else {
                    throw new IOException("the primary sent what no primary sends: " + received.message());
                }
            }
            lost("the primary closed the link");
        } catch (ErrnoException e) {
            refused = e.is(Errno.ECONNREFUSED) || e.is(Errno.ENOENT); // what a dead primary leaves behind
            lost(e.toString());
        } catch (IOException e) {
            lost(e.toString());
        }
        try {
            end(welcome, refused);
        } catch (InterruptedException e) {
            return; // nobody knows this thread
        }
    }

    private void answered(Frames dialed, Received received, long grant) throws IOException {
        if (received.descriptor().isPresent() && !(received.message() instanceof Granted)) {
            Descriptors.close(received.descriptor().getAsInt());
            throw new IOException("the primary sent a descriptor with " + received.message());
        }
        var waiting = pending.remove(grant);
        if (waiting == null || !waiting.complete(received)) {
            // the one who asked has given up: what was granted goes back
            received.descriptor().ifPresent(Descriptors::close);
            if (received.message() instanceof Granted) {
                dialed.send(new Close(grant), Frames.NONE);
            }
        }
    }

    private static Pong pong(Ping ping) {
        var runtime = Runtime.getRuntime();
        return new Pong(ping.number(), runtime.totalMemory() - runtime.freeMemory(), runtime.maxMemory());
    }

    private void lost(String why) {
        welcomed.completeExceptionally(new IOException(why));
        frames.completeExceptionally(new IOException(why));
        pending.forEach((_, answer) -> answer.completeExceptionally(new IOException(why)));
    }

    /** Does what the environment says that workers without a primary are to do; one that never had any does not stay. */
    private void end(boolean welcome, boolean refused) throws InterruptedException {
        var orphan = System.getenv("NETCLUSTER_ORPHAN");
        boolean stays = "stay".equals(orphan);
        if ((stays || "drain".equals(orphan)) && (welcome ? hasDied(primary) : refused)) {
            if (!stays || !welcome) {
                drain().beginOrphaned(TimeUnit.SECONDS.toMillis(STOP_SECONDS));
            }
        } else if (!drain().isDraining()) {
            stop();
        }
    }

    /** A link can break while the primary lives. Then what this worker shares is not its to end, nor is its slot. */
    @SuppressWarnings("ThreadSleep") // a process that dies closes its connections first
    private static boolean hasDied(long pid) throws InterruptedException {
        for (long waited = 0; waited < DYING_MILLIS; waited += LOOK_MILLIS) {
            if (Processes.hasEnded(pid)) {
                return true;
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
        return false;
    }

    /** The program's own shutdown hooks run, and if they take too long the JVM is halted. */
    @SuppressWarnings("ThreadSleep") // nothing can come: this is the deadline
    private static void stop() throws InterruptedException {
        ClusterSockets.terminate();
        TimeUnit.SECONDS.sleep(STOP_SECONDS);
        Runtime.getRuntime().halt(TERMINATED);
    }

    /** A number for a new listener. */
    long newGrant() {
        return lastGrant.incrementAndGet();
    }

    /** Tells the primary something that it does not answer. */
    void tell(FromWorker message) throws IOException {
        ready().send(message, Frames.NONE);
    }

    /**
     * Asks and waits for the answer, for a bounded time; an interrupt is kept for later.
     *
     * @param grant the number that the answer will bear
     * @param socket a descriptor to go with it, which stays the caller's
     * @return the answer; a descriptor that came with it is the caller's
     * @throws BindException if none came
     */
    Received ask(Message message, long grant, OptionalInt socket) throws BindException {
        var answer = new CompletableFuture<Received>();
        pending.put(grant, answer);
        try {
            ready().send(message, socket);
            return await(answer);
        } catch (IOException e) {
            pending.remove(grant);
            if (!answer.cancel(false) && answer.state() == Future.State.SUCCESS) {
                return answer.resultNow(); // it came just now
            }
            throw silence(e);
        }
    }

    private Frames ready() throws IOException {
        return await(frames);
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
