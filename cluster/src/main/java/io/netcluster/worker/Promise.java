package io.netcluster.worker;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Something that another thread will give, once, or the reason why it will not come. Thread-safe.
 *
 * <p>No CompletableFuture, which brings the whole fork-join pool into a JVM that has just started.
 */
final class Promise<T> {
    private @Nullable T value;
    private @Nullable String failure;
    private boolean isOver;

    /** Whether it has been given, has failed, or is not waited for any more. */
    synchronized boolean isOver() {
        return isOver;
    }

    /** Gives it; returns false if it was over. */
    synchronized boolean give(T given) {
        if (isOver) {
            return false;
        }
        value = given;
        isOver = true;
        notifyAll();
        return true;
    }

    /** It will not come; does nothing if it was over. */
    synchronized void fail(String why) {
        if (!isOver) {
            failure = why;
            isOver = true;
            notifyAll();
        }
    }

    /** Nobody waits any more; returns what was given just before, or null. */
    synchronized @Nullable T abandon() {
        isOver = true;
        return value;
    }

    /**
     * Waits for it; an interrupt is kept for later.
     *
     * @param millis for how long at most
     * @throws IOException if it has not come, and will not if it has failed
     */
    synchronized T await(long millis) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        boolean interrupted = false;
        try {
            for (long left = millis; !isOver && left > 0; left = left(deadline)) {
                try {
                    wait(left);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        if (value == null) {
            throw new IOException(failure == null ? "no answer within " + millis + " ms" : failure);
        }
        return value;
    }

    /** Rounded up, as 0 would be for ever. */
    private static long left(long deadline) {
        return TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime() + 999_999);
    }
}
