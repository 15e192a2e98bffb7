package io.netcluster.primary;

import io.netcluster.sys.Processes;
import java.time.Duration;

/**
 * A worker that gives no sign of life: it prints what its threads do, if it can, and is killed when its replacement is
 * ready; unless it has come to life again.
 *
 * <p>Confined to the supervisor's thread.
 */
final class HungWorker {
    private static final int SIGQUIT = 3;
    private static final Duration REACTION = Duration.ofSeconds(2);

    private final Worker worker;
    private final Slots slots;
    private final Observer observer;
    private final Worker.Beat last;
    private boolean dumped;
    private boolean replaced;

    HungWorker(Worker worker, Slots slots, Observer observer) {
        this.worker = worker;
        this.slots = slots;
        this.observer = observer;
        this.last = worker.beat();
    }

    /** Asks its JVM for a thread dump; that goes to its standard output. */
    void dump() {
        if (Processes.isStopped(worker.pid())) {
            observer.say(worker + " is stopped, by a signal or a debugger, and cannot tell what its threads do");
            dumped = true;
            return;
        }
        long before = worker.printed();
        worker.signal(SIGQUIT);
        slots.later(REACTION, worker, () -> {
            observer.say(
                    worker.printed() == before
                            ? worker + " does not react to SIGQUIT, and cannot tell what its threads do"
                            : worker + " has printed what its threads do");
            dumped = true;
            kill();
        });
    }

    /** Nobody has to wait for it any more. */
    void hasBeenReplaced() {
        replaced = true;
        kill();
    }

    private void kill() {
        if (!dumped || !replaced || !slots.have(worker)) {
            return;
        }
        if (worker.beat().equals(last)) {
            observer.say("killing " + worker);
            worker.kill();
        } else {
            observer.say(worker + " has come to life again"); // it drains, or stays if it could not be replaced
        }
    }
}
