package io.netcluster.primary;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A reload or a restart that is under way: slot by slot, until all are of one generation.
 *
 * <p>It converges on that: each step looks at what the slots are now and begins what is missing, and a step that finds
 * nothing to do does nothing. Confined to the supervisor's thread.
 */
final class Rollout {
    private final Slots slots;
    private final int generation;
    private final UnaryOperator<Plan> next;
    private final Order order;
    private final int parallel;
    private final CompletableFuture<ChangeResult> result;
    private final Set<Integer> busy = new HashSet<>(); // slots whose new worker is awaited

    /** In which order a worker and its replacement come and go. */
    enum Order {
        /** The replacement is started, and when it is ready the old one drains. */
        START_FIRST,
        /** The old one drains, and when it has ended the replacement is started. */
        STOP_FIRST
    }

    /**
     * One that begins with its first step.
     *
     * @param next how a slot's next worker is run, of the new generation
     * @param parallel how many slots at once
     * @param result completed at the end
     */
    Rollout(
            Slots slots,
            int generation,
            UnaryOperator<Plan> next,
            Order order,
            int parallel,
            CompletableFuture<ChangeResult> result) {
        this.slots = slots;
        this.generation = generation;
        this.next = next;
        this.order = order;
        this.parallel = parallel;
        this.result = result;
    }

    boolean isOver() {
        return result.isDone();
    }

    /** What is under way, in words. */
    @Override
    public String toString() {
        return (order == Order.START_FIRST ? "reload" : "restart") + " to generation " + generation;
    }

    /** Goes on with it. */
    void step() {
        boolean complete = true;
        for (var seat : slots.seats().occupants()) {
            if (seat.isWanted()) {
                boolean old = seat.plan().generation() < generation;
                complete &= !old && !busy.contains(seat.slot()) && !isLeft(seat.slot());
                if (old && underWay() < parallel && !isOver()) {
                    begin(seat);
                }
            }
        }
        if (complete) {
            result.complete(new ChangeResult.Done(generation));
        }
    }

    /** A slot is not done with before its old worker has gone: there are never more processes than that. */
    private boolean isLeft(int slot) {
        return slots.seats().isChanging(slot);
    }

    private long underWay() {
        return slots.seats().occupants().stream()
                .filter(seat -> busy.contains(seat.slot()) || isLeft(seat.slot()))
                .count();
    }

    private void begin(Seat seat) {
        int slot = seat.slot();
        if (isLeft(slot)) {
            return; // the leaver or successor of an earlier change
        }
        busy.add(slot);
        var awaiter = new Seat.Awaiter() {
            @Override
            public void ready() {
                busy.remove(slot);
            }

            @Override
            public void failed(@Nullable Worker failed, String why) {
                busy.remove(slot);
                fail(slot, why, failed == null ? List.of() : failed.lastLines());
            }
        };
        switch (order) {
            case START_FIRST -> slots.replace(slot, next.apply(seat.plan()), awaiter);
            case STOP_FIRST -> slots.restart(slot, next.apply(seat.plan()), awaiter);
        }
    }

    /** What has been begun in other slots is given up, or in the order of a restart, goes on. */
    private void fail(int slot, String why, List<String> lastLines) {
        if (result.complete(new ChangeResult.Failed(slot, why, lastLines))) {
            giveUp("the " + this + " has failed at worker " + slot);
        }
    }

    /** It is not wanted any more. */
    void cancel(String why) {
        fail(0, why, List.of());
    }

    private void giveUp(String why) {
        for (var seat : slots.seats().successors()) {
            if (seat.plan().generation() == generation) {
                seat.failed(seat.worker(), why);
            }
        }
    }
}
