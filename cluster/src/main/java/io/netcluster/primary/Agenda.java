package io.netcluster.primary;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * What one thread has to do: what others give to it, in order, and what is to be done at a time.
 *
 * <p>The queue is bounded: who is too fast waits.
 */
final class Agenda {
    private static final int QUEUE = 4096;

    private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>(QUEUE);
    private final Queue<Later> later = new PriorityQueue<>(Comparator.comparing(Later::when)); // the thread's own
    private final Consumer<String> complain;
    private volatile boolean ended;

    /** Something to be done at a time. */
    private record Later(Instant when, Runnable task) {}

    /** An agenda of a thread that is told by somebody of what went wrong. */
    Agenda(Consumer<String> complain) {
        this.complain = complain;
    }

    // ------------------------------------------------------------------ any thread

    /** Gives the thread something to do; waits while there is no room for it. */
    void put(Runnable task) throws InterruptedException {
        tasks.put(task);
        if (ended) {
            runLeft();
        }
    }

    /** As {@link #put}; an interrupt is kept for later. */
    void submit(Runnable task) {
        boolean interrupted = false;
        while (true) {
            try {
                put(task);
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    // ------------------------------------------------------------------ the thread itself

    /** Has something done at a time. */
    void at(Instant when, Runnable task) {
        later.add(new Later(when, task));
    }

    /** Waits for the next thing to be done, until then at most, and does it. */
    void next(Instant latest) throws InterruptedException {
        var task = tasks.poll(untilNext(latest).toNanos(), TimeUnit.NANOSECONDS);
        if (task != null) {
            runSafely(task);
        }
        runDue();
    }

    /** No thread waits for this one from now on: it does at once what is given to it. */
    void end() {
        ended = true;
        runLeft();
    }

    private Duration untilNext(Instant latest) {
        var now = Instant.now();
        var first = later.peek();
        var next = first != null && first.when().isBefore(latest) ? first.when() : latest;
        return next.isBefore(now) ? Duration.ZERO : Duration.between(now, next);
    }

    private void runDue() {
        var now = Instant.now();
        for (var first = later.peek(); first != null && !first.when().isAfter(now); first = later.peek()) {
            later.remove();
            runSafely(first.task());
        }
    }

    /** A mistake in handling one worker's message must not end all the others. */
    private void runSafely(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            complain.accept("a mistake of netcluster's own, please report it: " + e);
        }
    }

    /** Whoever comes too late gets an answer all the same: nothing waits for a thread that has ended. */
    private synchronized void runLeft() {
        for (var task = tasks.poll(); task != null; task = tasks.poll()) {
            runSafely(task);
        }
    }
}
