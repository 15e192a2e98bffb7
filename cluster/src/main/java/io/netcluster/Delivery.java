package io.netcluster;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Calls a cluster's event listeners: one at a time, in order, whichever thread has something for them.
 *
 * <p>Life-cycle events go through a thread of their own, so that the supervisor waits for no listener; messages come from
 * their channel's thread, which waits.
 */
final class Delivery {
    private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    private final List<Consumer<? super Event>> listeners = new CopyOnWriteArrayList<>();
    private final ReentrantLock oneAtATime = new ReentrantLock(true);
    private boolean stopped; // the thread's
    private final Thread thread =
            Thread.ofPlatform().daemon().name("netcluster-events").unstarted(this::runAll);

    void start() {
        thread.start();
    }

    void add(Consumer<? super Event> listener) {
        listeners.add(listener);
    }

    boolean hasListeners() {
        return !listeners.isEmpty();
    }

    /** Has something done by the events' thread, after what was given before. Does not block. */
    void later(Runnable task) {
        tasks.add(task);
    }

    /** Calls all listeners of the cluster and of the event's worker; blocks until they have returned. */
    void deliver(Event event) {
        oneAtATime.lock();
        try {
            for (var listener : listeners) {
                call(listener, event);
            }
            for (var listener : event.worker().listenersOfEvents()) {
                call(listener, event);
            }
        } finally {
            oneAtATime.unlock();
        }
    }

    private static void call(Consumer<? super Event> listener, Event event) {
        try {
            listener.accept(event);
        } catch (Throwable e) {
            Messaging.report(e);
        } finally {
            var _ = Thread.interrupted(); // a listener that interrupts its thread interrupts nothing of ours
        }
    }

    /** Whether this thread is in a listener, and so must not wait for what only listeners hear. */
    boolean isDelivering() {
        return oneAtATime.isHeldByCurrentThread() || Thread.currentThread() == thread;
    }

    private void runAll() {
        while (!stopped) {
            try {
                tasks.take().run();
            } catch (InterruptedException e) {
                // by who continues a worker's future in this thread; it ends nothing of ours
            }
        }
    }

    /** Ends the thread when it has done what was given to it. */
    void stop() {
        later(() -> stopped = true);
    }
}
