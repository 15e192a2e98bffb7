package io.netcluster.primary;

import io.netcluster.primary.Rollout.Order;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The changes to a cluster, one at a time: reloads, restarts, and more or fewer workers.
 *
 * <p>Confined to the supervisor's thread.
 */
final class Changes {
    private final Slots slots;
    private final Observer observer;
    private Definition definition;
    private Program program;
    private int generation = 1;
    private @Nullable Rollout rollout;
    private final Set<Integer> added = new HashSet<>(); // slots whose first worker is awaited

    Changes(Slots slots, Observer observer, Definition definition, Program program) {
        this.slots = slots;
        this.observer = observer;
        this.definition = definition;
        this.program = program;
    }

    /** How a new slot's workers are run at present. */
    Plan plan(Settings settings) {
        return new Plan(generation, program, settings);
    }

    /** How workers are run at present where nothing else is said. */
    Settings settings() {
        return definition.settings();
    }

    /** Goes on from a generation of a primary before this one. */
    void countFrom(int last) {
        generation = last;
    }

    /** Adds slots until there are so many. */
    void fill(int wanted) {
        while (number() < wanted) {
            var _ = slots.add(plan(definition.settings()));
        }
    }

    int generation() {
        return generation;
    }

    /** How the cluster's workers are run at present. */
    Plan plan() {
        return plan(definition.settings());
    }

    /** What is under way, in words, or null. */
    @Nullable
    String underWay() {
        if (rollout != null) {
            return rollout.toString();
        }
        return added.isEmpty() ? null : "start of " + added.size() + " more workers";
    }

    /** Goes on with what is under way. */
    void step() {
        if (rollout != null) {
            rollout.step();
        }
    }

    /** Gives up what is under way. */
    void cancel(String why) {
        if (rollout != null) {
            rollout.cancel(why);
        }
    }

    /** Replaces all workers by such as the new definition describes; a definition's own number of workers counts if it is new. */
    void reload(Definition next, int parallel, CompletableFuture<ChangeResult> result) {
        if (isRefused(result)) {
            return;
        }
        try {
            var nextProgram = Program.of(next);
            nextProgram.check(next.settings());
            int number = next.workers() == definition.workers() ? number() : next.workers();
            definition = next;
            program = nextProgram.fittedFor(number);
            var rolled = new CompletableFuture<ChangeResult>();
            var _ = rolled.thenAccept(end -> {
                if (end instanceof ChangeResult.Done) {
                    resize(number, result);
                } else {
                    result.complete(end);
                }
            });
            roll(old -> new Plan(generation, program, next.settings()), Order.START_FIRST, parallel, rolled);
        } catch (CannotStartException e) {
            result.complete(new ChangeResult.Failed(0, String.valueOf(e.getMessage()), List.of()));
        }
    }

    /** Replaces all workers by such as run the same. */
    void renew(Order order, int parallel, CompletableFuture<ChangeResult> result) {
        if (!isRefused(result)) {
            roll(old -> old.next(generation), order, parallel, result);
        }
    }

    private void roll(UnaryOperator<Plan> next, Order order, int parallel, CompletableFuture<ChangeResult> result) {
        generation++;
        var begun = new Rollout(slots, generation, next, order, parallel, result);
        rollout = begun;
        observer.changing(begun.toString());
        var _ = result.thenAccept(end -> {
            rollout = null;
            observer.changed(begun.toString(), end);
        });
        begun.step();
    }

    private boolean isRefused(CompletableFuture<ChangeResult> result) {
        var present = underWay();
        if (present != null) {
            result.complete(new ChangeResult.Refused("the " + present + " is in progress"));
        } else if (slots.isFinishing() && slots.areOver()) {
            result.complete(new ChangeResult.Refused("the cluster has ended"));
        }
        return result.isDone();
    }

    /** How many slots there are. */
    int number() {
        return (int) slots.seats().occupants().stream().filter(Seat::isWanted).count();
    }

    /** Makes it so many workers. */
    void scale(int number, CompletableFuture<ChangeResult> result) {
        if (!isRefused(result)) {
            program = program.fittedFor(number);
            resize(number, result);
        }
    }

    private void resize(int number, CompletableFuture<ChangeResult> result) {
        var present = new ArrayList<>(slots.seats().occupants());
        present.removeIf(seat -> !seat.isWanted());
        for (int surplus = present.size() - number; surplus > 0; surplus--) {
            slots.remove(present.removeLast().slot());
        }
        for (int missing = number - present.size(); missing > 0; missing--) {
            var seat = slots.add(plan(definition.settings()));
            added.add(seat.slot());
            seat.await(new Seat.Awaiter() {
                @Override
                public void ready() {
                    end(null);
                }

                @Override
                public void failed(@Nullable Worker failed, String why) {
                    end(new ChangeResult.Failed(seat.slot(), why, failed == null ? List.of() : failed.lastLines()));
                }

                private void end(@Nullable ChangeResult failure) {
                    added.remove(seat.slot());
                    if (failure != null) {
                        result.complete(failure);
                    } else if (added.isEmpty()) {
                        result.complete(new ChangeResult.Done(generation));
                    }
                }
            });
        }
        if (added.isEmpty()) {
            result.complete(new ChangeResult.Done(generation));
        }
    }

    /** What the cluster is doing now. */
    ClusterStatus status() {
        var seats = new ArrayList<ClusterStatus.Seat>();
        slots.seats().occupants().forEach(seat -> {
            seats.add(seat.status(ClusterStatus.Role.OCCUPANT));
            slots.seats().successors().stream()
                    .filter(other -> other.slot() == seat.slot())
                    .forEach(other -> seats.add(other.status(ClusterStatus.Role.SUCCESSOR)));
        });
        slots.seats().leavers().forEach(seat -> seats.add(seat.status(ClusterStatus.Role.LEAVER)));
        return new ClusterStatus(definition.name(), generation, underWay(), List.copyOf(seats));
    }
}
