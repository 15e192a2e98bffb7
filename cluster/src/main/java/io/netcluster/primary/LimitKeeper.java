package io.netcluster.primary;

import io.netcluster.sys.Processes;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Replaces workers that are beyond their limits, one at a time and each by one that is ready before it goes; and those that
 * hang.
 *
 * <p>Confined to the supervisor's thread.
 */
final class LimitKeeper {
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    /** When a replacement has failed, the next is not tried before. */
    private static final Duration RETRY = Duration.ofMinutes(1);

    private final Slots slots;
    private final Changes changes;
    private final Observer observer;
    private final Map<Long, Watched> watched = new HashMap<>(); // by the worker's id
    private final Map<Integer, Instant> notBefore = new HashMap<>(); // by slot
    private final Set<Integer> replacing = new HashSet<>(); // slots whose successor is awaited
    private Instant last = Instant.now();

    /** What is known of a worker. */
    private static final class Watched {
        private Vitals vitals = Vitals.GOOD;
        private @Nullable HungWorker hung;
    }

    LimitKeeper(Slots slots, Changes changes, Observer observer) {
        this.slots = slots;
        this.changes = changes;
        this.observer = observer;
    }

    /** When the next {@link #step} is wanted; this at the latest. */
    Instant nextStep(Instant latest) {
        var next = last.plus(INTERVAL);
        boolean isWanted = slots.seats().occupants().stream()
                .anyMatch(seat -> !limits(seat).equals(Limits.NONE));
        return isWanted && next.isBefore(latest) ? next : latest;
    }

    /** Looks at all workers, if it is time to. */
    void step() {
        var now = Instant.now();
        var elapsed = Duration.between(last, now);
        if (elapsed.compareTo(INTERVAL) < 0 && !elapsed.isNegative()) {
            return;
        }
        last = now;
        var present = new HashSet<Long>();
        for (var seat : slots.seats().occupants()) {
            var worker = seat.worker();
            if (worker != null && !seat.isEnding() && !limits(seat).equals(Limits.NONE)) {
                present.add(worker.id());
                look(seat, worker, watched.computeIfAbsent(worker.id(), _ -> new Watched()), elapsed);
            }
        }
        watched.keySet().retainAll(present);
    }

    private static Limits limits(Seat seat) {
        return seat.plan().settings().limits();
    }

    private void look(Seat seat, Worker worker, Watched seen, Duration elapsed) {
        var limits = limits(seat);
        var now = Instant.now();
        var beat = worker.beat();
        boolean owes = worker.owesBeat();
        if (limits.needAnswers()) {
            worker.ping();
        }
        long rss = limits.rss() == null ? -1 : Processes.residentBytes(worker.pid());
        var look = new Vitals.Look(rss, beat.heapUsed(), beat.heapMax(), owes);
        seen.vitals = seen.vitals.after(look, limits, elapsed);
        switch (seen.vitals.verdict(look, limits, worker.started(), now)) {
            case Vitals.Verdict.Well _ -> seen.hung = null;
            case Vitals.Verdict.Spent(String why) -> {
                if (replacing.isEmpty() && mayReplace(seat)) {
                    observer.say(worker + " is replaced: it " + why);
                    replace(seat, worker, null);
                }
            }
            case Vitals.Verdict.Hung(String why) -> {
                if (seen.hung == null) {
                    observer.say(worker + " " + why);
                    seen.hung = new HungWorker(worker, slots, observer);
                    seen.hung.dump();
                }
                if (mayReplace(seat)) {
                    replace(seat, worker, seen.hung);
                }
            }
        }
    }

    private boolean mayReplace(Seat seat) {
        return changes.underWay() == null
                && !slots.seats().isChanging(seat.slot())
                && !Instant.now().isBefore(notBefore.getOrDefault(seat.slot(), Instant.MIN));
    }

    private void replace(Seat seat, Worker old, @Nullable HungWorker hung) {
        int slot = seat.slot();
        replacing.add(slot);
        slots.replace(slot, seat.plan(), new Seat.Awaiter() {
            @Override
            public void ready() {
                replacing.remove(slot);
                if (hung != null) {
                    hung.hasBeenReplaced();
                }
            }

            @Override
            public void failed(@Nullable Worker failed, String why) {
                replacing.remove(slot);
                notBefore.put(slot, Instant.now().plus(RETRY));
                observer.say(old + " could not be replaced: " + why
                        + (hung == null ? "; it stays, and that is tried again in " + RETRY.toSeconds() + " s" : ""));
                if (failed != null) {
                    failed.lastLines().forEach(line -> observer.say("  " + line));
                }
                if (hung != null) {
                    hung.hasBeenReplaced(); // by nobody yet: its slot starts another when it has ended
                }
            }
        });
    }
}
