package io.netcluster.worker;

import io.netcluster.wire.Frames;
import io.netcluster.wire.Message.Close;
import io.netcluster.wire.Message.Draining;
import io.netcluster.wire.Message.FromWorker;
import io.netcluster.wire.Message.Withdraw;
import io.netcluster.wire.Message.Withdrawn;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryIteratorException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The end of a worker that is wanted: it accepts nothing new, finishes what it has accepted, and exits with 0.
 *
 * <p>The listeners are withdrawn, the program's own hooks run meanwhile, and when the last connection has been closed,
 * or time is up, the JVM exits as by System.exit, so that its shutdown hooks run too. Datagram sockets, and what the
 * program opens from now on, are left alone; but it gets no listener any more that others share.
 */
final class Drain implements Runnable {
    private static final long SHORTEST_MILLIS = 20;
    private static final long LONGEST_MILLIS = 200;
    private static final long SHUTDOWN_SECONDS = 30;

    /** What a thread was accepting as its listener was withdrawn shows a moment later. */
    private static final int SURE = 2;

    private static final int MOST_WOKEN = 64;

    private final Link link;
    private final Listeners listeners;
    private final Announcements announcements;
    private final List<Runnable> hooks = new ArrayList<>();
    private final List<Thread> running = new ArrayList<>();
    private final List<Listener> drained = new ArrayList<>();
    private final List<Withdrawal> withdrawals = new ArrayList<>();
    private final List<Parked> parked = new CopyOnWriteArrayList<>();
    private volatile @Nullable BooleanSupplier quiet; // of messages, once the program has begun with them
    private volatile boolean draining;
    private volatile boolean awaited;
    private volatile boolean orphaned;
    private Instant deadline = Instant.MAX;
    private final Set<SocketChannel> passed = Collections.newSetFromMap(new WeakHashMap<>());
    private volatile int connections = -1;

    Drain(Link link, Listeners listeners, Announcements announcements) {
        this.link = link;
        this.listeners = listeners;
        this.announcements = announcements;
    }

    /** Whether it has begun. */
    boolean isDraining() {
        return draining;
    }

    /**
     * Begins, unless it has begun, and ends the JVM within so many milliseconds. Any thread; does not block.
     *
     * @param messages whether there are messages for a program that has not begun with them, and may yet
     */
    synchronized void begin(long millis, boolean messages) {
        if (!draining) {
            awaited = messages;
            deadline = Instant.now().plusMillis(millis);
            draining = true;
            start(this, "netcluster-drain");
        }
    }

    /** How many connections there are still, if that has been counted. */
    OptionalInt connections() {
        int known = connections;
        return known < 0 ? OptionalInt.empty() : OptionalInt.of(known);
    }

    /** As {@link #begin}, when the primary has died, and all workers do this. */
    void beginOrphaned(long millis) {
        orphaned = true;
        begin(millis, false);
    }

    /** Has something run, in a thread of its own, when it begins, or now if it has begun; the end waits for it. */
    synchronized void onDrain(Runnable hook) {
        if (draining) {
            running.add(start(hook, "netcluster-on-drain"));
        } else {
            hooks.add(hook);
        }
    }

    /** Counts a connection that came as a message, and not by a listener, among those that are to be finished. */
    void alsoFinish(SocketChannel connection) {
        synchronized (passed) {
            passed.add(connection);
        }
    }

    /** Ends the program's waits for connections to listeners that it has no more. Any thread. */
    void wakeAcceptors() {
        parked.forEach(Parked::wake);
    }

    private int passedAndOpen() {
        int open = 0;
        synchronized (passed) {
            for (var connection : passed) {
                open += connection.isOpen() ? 1 : 0;
            }
        }
        return open;
    }

    /** Makes the end wait, beside all else, until messages are dealt with; this is asked again and again. */
    void endWhen(BooleanSupplier condition) {
        quiet = condition;
    }

    private boolean isQuiet() {
        var condition = quiet;
        return condition == null ? !awaited : condition.getAsBoolean();
    }

    private static Thread start(Runnable task, String name) {
        var thread = new Thread(null, task, name, 0, false);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** What its thread does. */
    @Override
    public void run() {
        var weaving = Sharing.weaving();
        if (weaving != null) {
            start(new Farewell(weaving), "netcluster-farewell");
        }
        drained.addAll(listeners.streams()); // before a hook closes them
        runHooks();
        for (var listener : drained) {
            withdrawals.add(new Withdrawal(listeners, listener, isLast(listener), orphaned && listener.shared()));
        }
        try {
            awaitEnd();
            exit();
        } catch (InterruptedException e) {
            return; // nobody knows this thread
        }
    }

    private synchronized void runHooks() {
        for (var hook : hooks) {
            running.add(start(hook, "netcluster-on-drain"));
        }
    }

    /** In doubt it is not: to shut it down would end it for the others. */
    private boolean isLast(Listener listener) {
        if (!listener.shared() || orphaned) {
            return true;
        }
        while (true) {
            try {
                var answer = link.ask(new Withdraw(listener.grant()), listener.grant(), Frames.NONE);
                return answer.message() instanceof Withdrawn withdrawn && withdrawn.last();
            } catch (IOException e) {
                if (!(e instanceof LostLinkException)) { // which the next primary can be asked
                    return orphaned;
                }
            }
        }
    }

    @SuppressWarnings("ThreadSleep") // the kernel tells nobody of a connection that ends: it is to be asked
    private void awaitEnd() throws InterruptedException {
        long pause = SHORTEST_MILLIS;
        for (int sure = 0; sure < SURE && Instant.now().isBefore(deadline); ) {
            int before = connections;
            boolean ended = look() && hooksHaveEnded() && isQuiet();
            sure = ended ? sure + 1 : 0;
            pause = ended || connections != before ? SHORTEST_MILLIS : Math.min(2 * pause, LONGEST_MILLIS);
            long left = Duration.between(Instant.now(), deadline).toMillis();
            TimeUnit.MILLISECONDS.sleep(Math.clamp(left, 0, pause));
        }
    }

    /** Goes on with the withdrawals, and counts; returns whether nothing is left. */
    private boolean look() {
        try {
            var count = ConnectionCount.of(drained);
            withdrawals.removeIf(withdrawal -> isComplete(withdrawal, count));
            int open = count.open() + passedAndOpen();
            if (open != connections) {
                connections = open;
                tell(new Draining(connections));
            }
            return withdrawals.isEmpty() && connections == 0;
        } catch (IOException | DirectoryIteratorException e) {
            return false; // out of descriptors, perhaps: what cannot be seen is waited for
        }
    }

    private boolean isComplete(Withdrawal withdrawal, ConnectionCount count) {
        var listener = withdrawal.listener();
        try {
            if (!withdrawal.step(count.handshake(listener))) {
                return false;
            }
        } catch (IOException | DirectoryIteratorException e) {
            return false; // as above
        }
        var inItsPlace = withdrawal.parked();
        if (inItsPlace != null) {
            keep(inItsPlace);
            if (listener.shared()) {
                tell(new Close(listener.grant()));
            } else {
                announcements.closed(listener.grant());
            }
        }
        return true;
    }

    /** A number for each of thousands of listeners could be more than the process may have. */
    private void keep(Parked inItsPlace) {
        if (parked.size() < MOST_WOKEN) {
            parked.add(inItsPlace);
        } else {
            inItsPlace.close();
        }
    }

    private synchronized boolean hooksHaveEnded() {
        for (var thread : running) {
            if (thread.isAlive()) {
                return false;
            }
        }
        return true;
    }

    private void tell(FromWorker message) {
        try {
            link.tellLater(message);
        } catch (IOException e) {
            // a primary that cannot be told is gone, and this worker is going
        }
    }

    /** If the program's shutdown hooks take too long, the JVM is halted. */
    @SuppressWarnings("ThreadSleep") // nothing can come: this is the deadline
    private static void exit() throws InterruptedException {
        start(() -> Runtime.getRuntime().exit(0), "netcluster-exit");
        TimeUnit.SECONDS.sleep(SHUTDOWN_SECONDS);
        Runtime.getRuntime().halt(Dialing.TERMINATED);
    }
}
