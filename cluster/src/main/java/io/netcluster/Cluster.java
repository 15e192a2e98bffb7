package io.netcluster;

import io.netcluster.primary.ChangeResult;
import io.netcluster.primary.Supervisor;
import io.netcluster.wire.MessageChannel;
import io.netcluster.wire.Parcel;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Several processes of one program, which share its listening ports, and the primary that forks them and hears of them.
 *
 * <p>A program that is its own primary asks where it runs, as with Node's cluster or with fork(2):
 *
 * {@snippet lang = java:
 * if (Cluster.isPrimary()) {
 *     try (var cluster = Cluster.open()) {
 *         cluster.onEvent(event -> System.out.println(event));
 *         cluster.fork();
 *         cluster.fork();
 *         cluster.awaitExit();
 *     }
 * } else {
 *     new ServerSocket(8080).accept(); // one port for both
 * }
 * }
 *
 * <p>A process may have several clusters, each with workers and ports of its own. All methods may be called by any
 * thread, and none blocks unless it says so.
 */
public final class Cluster implements AutoCloseable {
    private final ClusterOptions options;
    private final Delivery delivery = new Delivery();
    private final Contents contents;
    private final Roster roster;
    private final Supervision supervision;

    private Cluster(ClusterOptions options) {
        this.options = options;
        this.contents = new Contents(options.codec());
        this.roster = new Roster(this, contents, delivery);
        this.supervision = new Supervision(options, roster, delivery);
    }

    /** Whether this process is no worker; so it may be a primary, or a program of a single process. It never changes. */
    public static boolean isPrimary() {
        return !isWorker();
    }

    /** Whether this process is a worker: one that a primary started, not one that a worker started. It never changes. */
    public static boolean isWorker() {
        return AgentLink.exists();
    }

    /**
     * The worker that this process is.
     *
     * @throws IllegalStateException if it is none
     */
    public static ThisWorker thisWorker() {
        if (!isWorker()) {
            throw new IllegalStateException("this process is no worker: it is a primary, or was started by itself;"
                    + " ask Cluster.isWorker() first");
        }
        return ThisWorker.instance();
    }

    /**
     * A cluster of this very program, without workers yet. From its first {@link #fork()} on it keeps this JVM alive, until
     * {@link #close}, even if no worker is left.
     *
     * @throws IllegalStateException in a worker; see {@link ClusterOptions#nested}
     */
    public static Cluster open() {
        return open(ClusterOptions.defaults());
    }

    /**
     * A cluster without workers yet; it keeps this JVM alive as one of {@link #open()} does.
     *
     * @throws IllegalStateException in a worker, unless the options say {@link ClusterOptions#nested}
     */
    public static Cluster open(ClusterOptions options) {
        if (isWorker() && !options.isNested()) {
            throw new IllegalStateException(
                    "this process is worker " + thisWorker().slot() + " of the cluster "
                            + thisWorker().clusterName() + ", and not the primary: ask Cluster.isPrimary() before"
                            + " Cluster.open(), or say ClusterOptions.nested() to open a cluster inside a worker");
        }
        return new Cluster(options);
    }

    /** Its name. */
    public String name() {
        return options.name();
    }

    // ------------------------------------------------------------------ workers

    /**
     * Starts a worker as the cluster's options say.
     *
     * @throws IOException as in {@link #fork(WorkerOptions)}
     */
    public Worker fork() throws IOException {
        return fork(options.workers());
    }

    /**
     * Starts a worker, in the lowest slot that has none. Blocks until its process runs, for some milliseconds; an
     * interrupt is kept for later.
     *
     * @throws IOException if it cannot be started: what the command names does not exist, there is no room for another
     *     process, or this system is none that netcluster runs on
     * @throws IllegalStateException if the cluster is closed, or this JVM is ending
     */
    public Worker fork(WorkerOptions how) throws IOException {
        var settings = how.settings().with(draft -> draft.drainTimeout = options.drainTimeout());
        return supervision.begin().fork(settings, roster::of);
    }

    /**
     * The workers by id: a live view, which cannot be changed. A worker is in it from its fork until it has exited and
     * what it sent has been received; one that drains is, too.
     */
    public Map<Long, Worker> workers() {
        return roster.workers();
    }

    /**
     * Has a listener called for each event from now on; one at a time, whatever worker it is of, in the order that {@link
     * Event} describes.
     *
     * <p>A listener should return soon: no other event is delivered meanwhile, nor any message read of the worker that
     * sent the one it was given. What it throws goes to its thread's {@link Thread#getUncaughtExceptionHandler}, and harms
     * nobody.
     */
    public void onEvent(Consumer<? super Event> listener) {
        delivery.add(listener);
        workers().values().forEach(worker -> worker.messaging().catchUp());
    }

    /**
     * Sends a message to every worker, first to those that have room for it. Blocks while another has none, as {@link
     * Peer#send(Object)} does; a worker that has ended is no error.
     *
     * @throws InterruptedException if interrupted while waiting; some workers have it then
     * @throws IllegalArgumentException if the message is too long, or no codec is set for its class
     */
    public void broadcast(Object message) throws InterruptedException {
        new Broadcast(contents.encode(message)).send(workers().values(), 0);
    }

    /** Sends to all workers but the one that asked for it, and whose messages are not read meanwhile. */
    void passOn(Worker from, Parcel content) {
        try {
            var others = workers().values().stream().filter(worker -> worker != from);
            new Broadcast(content).send(others.toList(), MessageChannel.PILE);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a channel's thread", e);
        }
    }

    /**
     * Replaces every worker, one after the other, by one that is started in the same way, so that a program that has been
     * changed meanwhile runs anew. The new one is started first; when it is ready, the old one is disconnected within the
     * drain timeout. No connection is lost. Blocks until all old workers have ended; a thread that is interrupted leaves
     * the reload to go on by itself.
     *
     * @throws ReloadFailedException if a new worker has ended before it was ready, or was not within its {@link
     *     WorkerOptions#readyTimeout}: its predecessor stays, and so do those whose turn had not come
     * @throws InterruptedException if interrupted while waiting
     * @throws IllegalStateException if another reload is in progress, or the cluster is closed; or if called by a listener
     *     or handler, which would wait for itself
     */
    public void reload() throws ReloadFailedException, InterruptedException {
        refuseToWaitForItself("reload");
        supervision.requireOpen();
        var running = supervision.supervisor();
        if (running == null) {
            return; // without workers
        }
        var old = List.copyOf(workers().values());
        try {
            switch (running.reload(1).get()) {
                case ChangeResult.Done _ -> {
                    for (var worker : old) {
                        var _ = worker.exited().get();
                    }
                }
                case ChangeResult.Failed failed ->
                    throw new ReloadFailedException(
                            "the reload of " + name() + " has failed: " + failed.why()
                                    + "; workers that have not been replaced serve on",
                            failed.lastLines());
                case ChangeResult.Refused refused -> throw new IllegalStateException(refused.why());
            }
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    // ------------------------------------------------------------------ the end

    /** Disconnects all workers, each as {@link Worker#disconnect()} does. */
    public void disconnect() {
        disconnect(options.drainTimeout());
    }

    /** Disconnects all workers, each as {@link Worker#disconnect(Duration)} does. */
    public void disconnect(Duration within) {
        var running = supervision.supervisor();
        if (running != null) {
            running.drainAll(within);
        }
    }

    /**
     * Waits until every worker has exited and none will be started again; at once, if none was ever forked.
     *
     * @throws InterruptedException if interrupted while waiting
     * @throws IllegalStateException if called by a listener or handler, which would wait for itself
     */
    public void awaitExit() throws InterruptedException {
        var _ = awaitExit(Duration.ofNanos(Long.MAX_VALUE));
    }

    /**
     * As {@link #awaitExit()}, for a bounded time.
     *
     * @return whether every worker has exited, and not only the time has passed
     * @throws InterruptedException if interrupted while waiting
     * @throws IllegalStateException if called by a listener or handler, which would wait for itself
     */
    public boolean awaitExit(Duration within) throws InterruptedException {
        refuseToWaitForItself("awaitExit");
        return roster.awaitExit(TimeUnit.NANOSECONDS.convert(within));
    }

    /**
     * Disconnects all workers within the drain timeout, waits until they have exited and everybody has heard of it, and
     * gives up the listeners. Blocks; a thread that is interrupted kills the workers, and is still interrupted then. A
     * cluster that is closed is closed for good; to close it again does nothing.
     *
     * @throws IllegalStateException if called by a listener or handler, or by what continues a worker's future or a reply
     *     in its thread: it would wait for itself
     */
    @Override
    public void close() {
        refuseToWaitForItself("close");
        supervision.close();
    }

    private void refuseToWaitForItself(String what) {
        if (delivery.isDelivering()) {
            throw new IllegalStateException("a listener of the cluster's events called " + what
                    + ", which waits for what only listeners hear; let another thread do it");
        }
        if (workers().values().stream().anyMatch(Worker::isHandling) || supervision.isHere()) {
            throw new IllegalStateException("a handler of a worker's messages or replies called " + what
                    + ", which waits until all messages have been handled; let another thread do it");
        }
    }

    // ------------------------------------------------------------------ for the workers

    Supervisor supervisor() {
        var running = supervision.supervisor();
        if (running == null) {
            throw new AssertionError("a worker without supervisor");
        }
        return running;
    }

    Duration drainTimeout() {
        return options.drainTimeout();
    }

    /** There is something that whoever runs this program should know. */
    void complain(String line) {
        System.getLogger("io.netcluster").log(System.Logger.Level.WARNING, line);
    }
}
