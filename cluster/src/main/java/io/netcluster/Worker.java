package io.netcluster;

import io.netcluster.wire.Parcel;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * A worker as its primary sees it: one process, from its fork to its end; a replacement is another worker in the same
 * slot.
 *
 * <p>All methods may be called by any thread, and none blocks unless it says so. What they tell is as of the last event.
 * Futures are completed just before the listeners of the event are called, by the same thread: who continues them there
 * must not wait.
 */
public final class Worker implements Peer {
    private static final int SIGTERM = 15;

    /** What a worker is doing. */
    public enum State {
        /** Its process has been started. */
        STARTING,
        /** Its JVM is part of the cluster. */
        ONLINE,
        /** It is ready. */
        READY,
        /** It finishes what it has accepted, and will end. */
        DRAINING,
        /** Its process has ended. */
        EXITED
    }

    private final Cluster cluster;
    private final io.netcluster.primary.Worker handle;
    private final Channel channel;
    private final Messaging messaging;
    private final List<Consumer<? super Event>> eventListeners = new CopyOnWriteArrayList<>();
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Worker> ready = new CompletableFuture<>();
    private final CompletableFuture<Exit> exited = new CompletableFuture<>();
    private final CompletableFuture<Void> online = new CompletableFuture<>();
    private volatile State state = State.STARTING;
    private volatile int connections = -1;
    private volatile boolean disconnecting;

    Worker(Cluster cluster, io.netcluster.primary.Worker handle, Contents contents, Delivery delivery) {
        this.cluster = cluster;
        this.handle = handle;
        this.channel = new Channel(this, handle, delivery);
        this.messaging = new Messaging(channel, contents, channel);
        channel.receiveInto(messaging);
    }

    /** Sends to all others what this worker wants them to have. */
    void passOn(Parcel content) {
        cluster.passOn(this, content);
    }

    /** Never used twice in a cluster; counted from 1. */
    public long id() {
        return handle.id();
    }

    /** Its stable place, from 1 on: the lowest that was free when it was forked, and its replacement's afterwards. */
    public int slot() {
        return handle.slot();
    }

    /** What a reload would increment; there is none yet, and it is 1. */
    public int generation() {
        return 1;
    }

    /** Its JVM's process, or that of the start script as long as no JVM has come of it. */
    public long pid() {
        return handle.pid();
    }

    /** What it is doing. */
    public State state() {
        return state;
    }

    /** What it listens on, now; the list does not change. */
    public List<Listener> listeners() {
        return List.copyOf(listeners);
    }

    /** When its process was started. */
    public Instant started() {
        return handle.started();
    }

    /** How it ended, once it has. */
    public Optional<Exit> exit() {
        return Optional.ofNullable(exited.getNow(null));
    }

    /** Whether it was asked to disconnect, by either side, before it ended; false as long as it has not ended. */
    public boolean exitedAfterDisconnect() {
        return disconnecting && exited.isDone();
    }

    /** How many connections a draining worker still has, once it has told. */
    public OptionalInt connections() {
        int known = connections;
        return known < 0 ? OptionalInt.empty() : OptionalInt.of(known);
    }

    /**
     * Completed with this when it is ready, as {@link Event.Ready} describes; fails with an {@link IllegalStateException}
     * if it ends before. That it listens is certain only if its program says that it is ready when it does, with {@link
     * WorkerOptions#explicitReadiness}: without, a program that takes more than a second to open its cluster's first
     * listener is ready before.
     */
    public CompletableFuture<Worker> ready() {
        return ready.copy();
    }

    /** Completed when its process has ended and everything that it sent has been received. */
    public CompletableFuture<Exit> exited() {
        return exited.copy();
    }

    /** Has a listener called for each event of this worker from now on, as by {@link Cluster#onEvent}. */
    public void onEvent(Consumer<? super Event> listener) {
        eventListeners.add(listener);
        messaging.catchUp();
    }

    // ------------------------------------------------------------------ ending it

    /**
     * Lets the worker finish what it has accepted, and end, as {@link #disconnect(Duration)} does, within the cluster's
     * drain timeout.
     */
    public CompletableFuture<Exit> disconnect() {
        return disconnect(cluster.drainTimeout());
    }

    /**
     * Lets the worker finish what it has accepted, and end.
     *
     * <p>What was sent to it before reaches it, and requests among that are answered: if its program has yet to begin with
     * messages, that is waited for, and so are replies that are {@link java.util.concurrent.CompletionStage}s; only what a
     * program that has begun has no handler for is not. Its program's {@link ThisWorker#onDrain} hooks are run; its listeners are
     * taken from it, those of its own too, without its program's help; connections that had reached it by them are
     * served. When none is left and the hooks have returned, or the time is up, its JVM exits with 0, by {@link
     * System#exit}. One that is still there a second after that time gets a SIGTERM, and after the {@link
     * WorkerOptions#stopTimeout} a SIGKILL. Connections that came as messages are waited for too. To
     * disconnect again does not change the time.
     *
     * @param within how long that may take
     * @return completed as {@link #exited} is
     */
    public CompletableFuture<Exit> disconnect(Duration within) {
        cluster.supervisor().drain(handle, within);
        return exited();
    }

    /** Sends SIGTERM: the JVM runs its shutdown hooks, and finishes nothing else. */
    public void kill() {
        kill(SIGTERM);
    }

    /**
     * Sends a signal, by its number in signal(7): 9 ends the process at once. One that has ended is no error. Workers
     * ignore SIGINT (2), which a terminal's Ctrl-C sends to them all, so that it has no effect here either.
     */
    public void kill(int signal) {
        if (signal < 1 || signal > 64) {
            throw new IllegalArgumentException("there is no signal " + signal + "; they go from 1 to 64");
        }
        cluster.supervisor().signal(handle, signal);
    }

    // ------------------------------------------------------------------ its streams

    /** What it reads from standard input; without {@link WorkerOptions#stdin PIPE} a stream that takes nothing. */
    public OutputStream stdin() {
        return handle.process().getOutputStream();
    }

    /** What it prints on standard output; without {@link WorkerOptions#stdout PIPE} an empty stream. */
    public InputStream stdout() {
        return handle.process().getInputStream();
    }

    /** What it prints on standard error; without {@link WorkerOptions#stderr PIPE} an empty stream. */
    public InputStream stderr() {
        return handle.process().getErrorStream();
    }

    // ------------------------------------------------------------------ for the cluster

    /** Sends a content that is bytes already. */
    void send(Parcel content) throws IOException, InterruptedException {
        channel.send(content);
    }

    /** Likewise, without waiting; false if more bytes than this are waiting already. */
    boolean offer(Parcel content, int most) throws IOException {
        return channel.offer(content, most);
    }

    /** Waits until what has been sent is written, if there is a connection for it, for a bounded time. */
    void flush(long nanos) throws InterruptedException {
        channel.flush(nanos);
    }

    Messaging messaging() {
        return messaging;
    }

    /** Whether this thread is one that everything this worker sends waits for. */
    boolean isHandling() {
        return messaging.isHandling() || channel.isReading();
    }

    List<Consumer<? super Event>> listenersOfEvents() {
        return eventListeners;
    }

    /** Completed when listeners have heard that it is online. */
    CompletableFuture<Void> online() {
        return online;
    }

    void became(State next) {
        state = next;
        if (next == State.READY) {
            ready.complete(this);
        }
    }

    void opened(Listener listener) {
        listeners.add(listener);
    }

    void closed(Listener listener) {
        listeners.remove(listener);
    }

    void isDisconnecting() {
        disconnecting = true;
    }

    void has(int open) {
        connections = open;
    }

    void ended(Exit exit) {
        state = State.EXITED;
        listeners.clear();
        online.complete(null);
        exited.complete(exit);
        ready.completeExceptionally(new IllegalStateException(this + " ended before it was ready: " + exit));
    }

    @Override
    public String toString() {
        return "worker " + slot() + " (pid " + pid() + ")";
    }
}
