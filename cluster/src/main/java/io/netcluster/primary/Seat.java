package io.netcluster.primary;

import io.netcluster.primary.SlotState.Backoff;
import io.netcluster.primary.SlotState.Draining;
import io.netcluster.primary.SlotState.Stopping;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A place for a worker: a slot's own, that of the worker that is to replace it, or of one that has been replaced.
 *
 * <p>Confined to the supervisor's thread.
 */
final class Seat {
    private final int slot;
    private Plan plan;
    private SlotState state;
    private @Nullable Worker worker;
    private @Nullable Waiting waiting;
    private int starts;
    private @Nullable String why;

    /** Hears what becomes of a worker that is awaited. */
    interface Awaiter {
        /** It is ready. */
        void ready();

        /**
         * It is not, and is not awaited any more.
         *
         * @param failed the worker, if it was ever started
         */
        void failed(@Nullable Worker failed, String why);
    }

    private record Waiting(Awaiter awaiter, Instant until) {}

    /** A seat whose worker is started by the next tick. */
    Seat(int slot, Plan plan) {
        this.slot = slot;
        this.plan = plan;
        this.state = new Backoff(Instant.MIN, 0);
    }

    int slot() {
        return slot;
    }

    Plan plan() {
        return plan;
    }

    /** Its next worker is run that way. */
    void plan(Plan next) {
        plan = next;
    }

    SlotState state() {
        return state;
    }

    void state(SlotState next) {
        state = next;
    }

    @Nullable
    Worker worker() {
        return worker;
    }

    Worker present() {
        return Objects.requireNonNull(worker);
    }

    /** A worker has been started. */
    void seat(Worker started) {
        worker = started;
        starts++;
    }

    /** Its worker's process has ended. */
    void vacate() {
        worker = null;
    }

    /** Its worker has ended, in that state, and another may come. */
    void lost(Worker lost, int status, SlotState before) {
        int deaths = before instanceof SlotState.Starting starting ? starting.deaths() + 1 : 0;
        why = lost + " " + Narrator.ending(status)
                + (deaths == 0 ? "" : " before it was ready")
                + (deaths < 2 ? "" : ", the last of " + deaths + " in a row");
    }

    /** Whether it has come to its end by the death of a worker, which was in that state, and was to be replaced. */
    boolean hasFailed(SlotState before) {
        boolean unasked = before instanceof SlotState.Starting || before instanceof SlotState.Ready;
        return unasked && isFailed() && plan.settings().restart() != RestartPolicy.NEVER;
    }

    private boolean isFailed() {
        return state instanceof SlotState.Failed || (state instanceof SlotState.Done done && done.status() != 0);
    }

    /** The exit status of a seat that has no worker. */
    int status() {
        return switch (state) {
            case SlotState.Failed failed -> failed.status();
            case SlotState.Done done -> done.status();
            case SlotState.Starting _, SlotState.Ready _, Draining _, Stopping _, Backoff _ -> 0;
        };
    }

    /** Why it has no worker. */
    @Nullable
    String why() {
        return why;
    }

    /** How many workers it has had. */
    int starts() {
        return starts;
    }

    /**
     * Whether a worker is to be in it: none is in a slot that is done, or whose worker has been asked to end for good, nor in
     * one that only its program can fill again.
     */
    boolean isWanted() {
        return !(state instanceof SlotState.Done)
                && (!isEnding() || hasNext())
                && !(state instanceof SlotState.Failed && plan.settings().restart() == RestartPolicy.NEVER);
    }

    /** So many workers have been in it before its present one. */
    void countFrom(int restarts) {
        starts = restarts;
    }

    /** What the next primary must know of its worker, if it has one. */
    Optional<SavedWorker> saved(ClusterStatus.Role role) {
        long until = switch (state) {
            case Draining draining -> millis(draining.deadline());
            case Stopping stopping -> millis(stopping.deadline());
            default -> 0;
        };
        return Optional.ofNullable(worker).map(present -> present.saved(status(role), hasNext(), until));
    }

    private static long millis(Instant deadline) {
        return deadline.getEpochSecond() > Integer.MAX_VALUE * 1000L ? Long.MAX_VALUE / 2 : deadline.toEpochMilli();
    }

    /** It goes on where another has been. */
    void countAfter(Seat replaced) {
        starts += replaced.starts;
    }

    /** Whether its worker has been asked to end. */
    boolean isEnding() {
        return state instanceof Draining || state instanceof Stopping;
    }

    /** Whether another worker is started in it when its present one has ended as it was asked to. */
    boolean hasNext() {
        return (state instanceof Draining draining && draining.again())
                || (state instanceof Stopping stopping && stopping.again());
    }

    // ------------------------------------------------------------------ who waits for its worker

    /** Somebody waits until its worker is ready, for as long as its plan allows. */
    void await(Awaiter awaiter) {
        waiting = new Waiting(
                awaiter, Instant.now().plus(Settings.bounded(plan.settings().readyTimeout())));
    }

    boolean isAwaited() {
        return waiting != null;
    }

    /** Until when it is awaited; never, if it is not. */
    Instant awaitedUntil() {
        return waiting == null ? Instant.MAX : waiting.until;
    }

    void ready() {
        var told = waiting;
        waiting = null;
        if (told != null) {
            told.awaiter.ready();
        }
    }

    void failed(@Nullable Worker failed, String why) {
        var told = waiting;
        waiting = null;
        if (told != null) {
            told.awaiter.failed(failed, why);
        }
    }

    /** What is said when it has been awaited in vain. */
    String impatience() {
        Duration waited = plan.settings().readyTimeout();
        var wanted = switch (plan.settings().readiness()) {
            case Settings.Readiness.FirstListener _ -> "it has opened no listener";
            case Settings.Readiness.AllListeners _ -> "it has not opened all listeners of its predecessor";
            case Settings.Readiness.Explicit _ -> "it has not said that it is";
            case Settings.Readiness.Probe probe -> "it has not answered at " + probe.target();
        };
        return worker + " was not ready within " + waited.toSeconds() + " s: " + wanted;
    }

    /** What it is doing now. */
    ClusterStatus.Seat status(ClusterStatus.Role role) {
        var present = worker;
        return new ClusterStatus.Seat(
                slot,
                role,
                switch (state) {
                    case SlotState.Starting _ -> ClusterStatus.State.STARTING;
                    case SlotState.Ready _ -> ClusterStatus.State.READY;
                    case Draining _ -> ClusterStatus.State.DRAINING;
                    case Stopping _ -> ClusterStatus.State.STOPPING;
                    case Backoff _ -> ClusterStatus.State.BACKOFF;
                    case SlotState.Failed _ -> ClusterStatus.State.FAILED;
                    case SlotState.Done _ -> isFailed() ? ClusterStatus.State.FAILED : ClusterStatus.State.DONE;
                },
                present == null ? 0 : present.id(),
                present == null ? 0 : present.pid(),
                plan.generation(),
                present == null ? null : present.started(),
                state instanceof Backoff backoff ? backoff.until() : null,
                Math.max(0, starts - 1),
                present == null || present.ready() == null
                        ? null
                        : Duration.between(present.started(), present.ready()),
                state instanceof Backoff || isFailed() ? why : null,
                present == null
                        ? List.of()
                        : present.grants().values().stream()
                                .map(Worker.Listening::toString)
                                .sorted()
                                .toList(),
                present == null ? -1 : present.beat().heapUsed(),
                present == null ? -1 : present.beat().heapMax());
    }
}
