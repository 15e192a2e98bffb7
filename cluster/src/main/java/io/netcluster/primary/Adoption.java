package io.netcluster.primary;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;

/**
 * The beginning of a primary that comes after a dead one: until each worker that lives has handed back what it has, nobody
 * is given anything, and nobody is started, for the table of listeners is not complete.
 *
 * <p>Confined to the supervisor's thread.
 */
final class Adoption {
    /** A bind that is asked for waits for 5 s: it is answered before that, even if a worker hangs. */
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    private final Set<Worker> awaited = new HashSet<>();
    private final Queue<Runnable> deferred = new ArrayDeque<>();
    private final Instant deadline = Instant.now().plus(PATIENCE);
    private boolean over;

    /** A worker lives, and will hand back what it has. */
    void await(Worker worker) {
        awaited.add(worker);
    }

    /** It has. */
    void settled(Worker worker) {
        awaited.remove(worker);
    }

    /** Those that have not, and of which the rest is not to be awaited. */
    Set<Worker> awaited() {
        return awaited;
    }

    /** Does something when this is over, which is now if it is. */
    void afterwards(Runnable task) {
        if (over) {
            task.run();
        } else {
            deferred.add(task);
        }
    }

    Instant deadline() {
        return deadline;
    }

    /** Whether all have come, or are waited for no longer. */
    boolean isDue(Slots slots) {
        awaited.removeIf(worker -> !slots.have(worker));
        return awaited.isEmpty() || !Instant.now().isBefore(deadline);
    }

    /** Everything takes its course. */
    void end() {
        over = true;
        for (var task = deferred.poll(); task != null; task = deferred.poll()) {
            task.run();
        }
    }
}
