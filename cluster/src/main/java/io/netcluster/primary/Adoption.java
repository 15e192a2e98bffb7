package io.netcluster.primary;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;
import java.util.function.Function;

/**
 * The beginning of a primary that comes after a dead one: until each worker that lives has handed back what it has, nobody
 * is given anything, and nobody is started, for the table of listeners is not complete.
 *
 * <p>Confined to the supervisor's thread.
 */
final class Adoption {
    /** A bind that is asked for waits for 5 s: it is answered before that, even if a worker hangs. */
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    private final Slots slots;
    private final Workshop workshop;
    private final Observer observer;
    private final Set<Worker> awaited = new HashSet<>();
    private final Queue<Runnable> deferred = new ArrayDeque<>();
    private Instant began = Instant.MIN;
    private int adopted;
    private boolean over;

    Adoption(Slots slots, Workshop workshop, Observer observer) {
        this.slots = slots;
        this.workshop = workshop;
        this.observer = observer;
    }

    /** Finds the workers that live. */
    void begin(SavedState left, Function<Settings, Plan> plan, Settings settings) {
        began = Instant.now();
        workshop.countFrom(left.lastId());
        var workers = new ArrayList<>(left.workers());
        workers.sort(Comparator.comparing(SavedWorker::role)); // occupants first
        for (var saved : workers) {
            var process = saved.process();
            if (process != null) {
                adopt(saved, plan.apply(settings).next(saved.generation()), process);
            } else if (saved.pid() != 0) {
                observer.say(
                        "worker " + saved.slot() + " (pid " + saved.pid() + ") has died while there was no primary");
            }
        }
    }

    private void adopt(SavedWorker saved, Plan plan, AdoptedProcess process) {
        try {
            var worker = slots.adopt(saved, plan, process);
            awaited.add(worker);
            adopted++;
            observer.adopted(worker);
        } catch (IOException e) {
            observer.say("cannot adopt worker " + saved.slot() + " (pid " + saved.pid() + "): " + e.getMessage());
        }
    }

    /** A worker has handed back what it has. */
    void settled(Worker worker) {
        awaited.remove(worker);
    }

    boolean isOver() {
        return over;
    }

    /** Does something when this is over. */
    void afterwards(Runnable task) {
        deferred.add(task);
    }

    Instant deadline() {
        return began.plus(PATIENCE);
    }

    /** Whether all have come that live, or are waited for no longer. */
    boolean isDue() {
        awaited.removeIf(worker -> !slots.have(worker));
        return awaited.isEmpty() || !Instant.now().isBefore(deadline());
    }

    /** Everything takes its course. */
    void end() {
        over = true;
        if (adopted > 0) {
            observer.say("adopted " + adopted + (adopted == 1 ? " worker" : " workers") + " of the primary before, in "
                    + Duration.between(began, Instant.now()).toMillis() + " ms");
        }
        for (var worker : awaited) {
            observer.say(worker + " has not come back yet: what it listens on is not known until it does");
        }
        for (var task = deferred.poll(); task != null; task = deferred.poll()) {
            task.run();
        }
    }
}
