package io.netcluster.primary;

import java.util.HashMap;
import java.util.Map;

/**
 * The how manieth port 0 of its kind each one of a worker is.
 *
 * <p>As Node's cluster counts them: upwards, also past those that have been closed, until the worker has none left of the
 * kind; then it begins anew. One of Node's that could not be opened is never closed, so that after it the worker's count
 * does not begin anew (a failed reply leaves its index in lib/internal/cluster/child.js). Confined to the supervisor's
 * thread.
 */
final class PortZeroCounts {
    private final Map<Of, Count> counts = new HashMap<>();

    private record Of(long worker, Listener.Key kind) {}

    private record Count(int next, int open) {}

    /** The number of one that is about to be opened. */
    int opening(long worker, Listener.Key kind) {
        var of = new Of(worker, kind);
        var count = counts.getOrDefault(of, new Count(0, 0));
        counts.put(of, new Count(count.next + 1, count.open + 1));
        return count.next;
    }

    /** A worker of a primary before this one has this one open. */
    void adopted(long worker, Listener.Key kind, int number) {
        var of = new Of(worker, kind);
        var count = counts.getOrDefault(of, new Count(0, 0));
        counts.put(of, new Count(Math.max(count.next, number + 1), count.open + 1));
    }

    /** One has been closed, or is not to count any more. */
    void closed(long worker, Listener.Key kind) {
        counts.computeIfPresent(
                new Of(worker, kind), (_, count) -> count.open == 1 ? null : new Count(count.next, count.open - 1));
    }

    /** A worker has died. */
    void forget(long worker) {
        counts.keySet().removeIf(of -> of.worker == worker);
    }
}
