package io.netcluster.primary;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a slot is doing, and what it does next: a pure function of state, event and time.
 *
 * <p>A slot begins in {@link Backoff} with nothing to wait for.
 */
sealed interface SlotState {
    /** How long a program that opens no listener must live, once it is online, to count as ready. */
    Duration PROOF_OF_LIFE = Duration.ofSeconds(1);

    /** How long the listeners of a worker that has failed wait for somebody to fork another in its slot. */
    Duration HOLD = Duration.ofMinutes(1);

    /**
     * A worker runs, and is not ready yet.
     *
     * @param online since when it has been known, or {@link Instant#MAX} if it is not yet
     */
    record Starting(Instant online, int deaths) implements SlotState {
        private boolean hasLived(Instant now) {
            return !online.isAfter(now.minus(PROOF_OF_LIFE));
        }
    }

    /**
     * A worker runs and is ready.
     *
     * @param since since when
     * @param deaths how many in a row there had been before, each before readiness or soon after it
     */
    record Ready(Instant since, int deaths) implements SlotState {
        /** The deaths in a row, if it dies now. */
        private int deathsNow(Instant now) {
            return now.isBefore(since.plus(PROOF_OF_LIFE)) ? deaths + 1 : 0;
        }
    }

    /**
     * A worker runs, and finishes what it has accepted.
     *
     * @param again whether another is started in its place when it has ended
     */
    record Draining(Instant deadline, boolean again) implements SlotState {}

    /** A worker has been asked to end; as above. */
    record Stopping(Instant deadline, boolean again) implements SlotState {}

    /** No worker runs; one will. */
    record Backoff(Instant until, int deaths) implements SlotState {}

    /**
     * The worker has failed, and none will run unless one is forked.
     *
     * @param until until when what waits at its listeners waits
     */
    record Failed(int status, Instant until) implements SlotState {}

    /** No worker runs, and none will unless one is forked; the status is what the slot adds to the command's own. */
    record Done(int status) implements SlotState {}

    /** What happens to a slot. */
    sealed interface Event {}

    /** The worker has said who it is. */
    record Online() implements Event {}

    /** The worker has opened the listeners that make it ready. */
    record Listening() implements Event {}

    /** The worker has said that it is ready. */
    record SaidReady() implements Event {}

    /** The worker is to finish what it has accepted, until then. */
    record Drain(Instant deadline) implements Event {}

    /** The worker is to finish what it has accepted, until then, and another is to be started in its place. */
    record Restart(Instant deadline) implements Event {}

    /** The worker's process has ended; 128 + n is signal n. */
    record Exited(int status) implements Event {}

    /** Time has passed: the moment {@link SlotState#nextTick} has come, or any other. */
    record Tick() implements Event {}

    /** The cluster stops; a worker may take until then. */
    record Stop(Instant deadline) implements Event {}

    /** The cluster stops at once. */
    record Kill() implements Event {}

    /** What is to be done, in order. */
    enum Action {
        START,
        DRAIN,
        TERMINATE,
        KILL,
        /** The slot's listeners are let go. */
        RELEASE
    }

    /** The next state and what is to be done on the way. */
    record Step(SlotState state, List<Action> actions) {
        private static Step to(SlotState state, Action... actions) {
            return new Step(state, List.of(actions));
        }
    }

    /**
     * What a slot goes by.
     *
     * @param restart when it starts a worker again
     * @param mostDeaths after how many deaths in a row it does not
     * @param listens whether the cluster's program is one that listens
     * @param readiness what makes its workers ready; {@link Listening} comes when that is so by their listeners
     * @param stopTimeout how long a worker may take to stop that has not drained in time
     * @param finishing whether nobody can fork a worker any more
     */
    record Rules(
            RestartPolicy restart,
            int mostDeaths,
            boolean listens,
            Settings.Readiness readiness,
            Duration stopTimeout,
            boolean finishing) {
        /** Whether a slot that has failed has failed for good. */
        private boolean isOver() {
            return finishing && restart == RestartPolicy.NEVER;
        }

        private boolean provesItselfByLiving() {
            return !listens && readiness instanceof Settings.Readiness.FirstListener;
        }
    }

    /** What the event makes of this state. */
    default Step on(Event event, Instant now, Rules rules) {
        return switch (this) {
            case Starting s ->
                switch (event) {
                    case Online _ -> Step.to(new Starting(now, s.deaths));
                    case Listening _, SaidReady _ -> Step.to(new Ready(now, s.deaths));
                    case Exited(int status) -> exited(status, now, rules, s.deaths + 1, s.deaths + 1);
                    case Tick _ ->
                        Step.to(
                                rules.provesItselfByLiving() && s.hasLived(now)
                                        ? new Ready(now.minus(PROOF_OF_LIFE), s.deaths)
                                        : s);
                    case Drain(Instant deadline) -> Step.to(new Draining(deadline, false), Action.DRAIN);
                    case Restart(Instant deadline) -> Step.to(new Draining(deadline, true), Action.DRAIN);
                    case Stop(Instant deadline) -> Step.to(new Stopping(deadline, false), Action.TERMINATE);
                    case Kill _ -> Step.to(new Stopping(now, false), Action.KILL);
                };
            case Ready s ->
                switch (event) {
                    case Online _, Listening _, SaidReady _, Tick _ -> Step.to(s);
                    case Exited(int status) -> exited(status, now, rules, s.deathsNow(now), s.deathsNow(now) - 1);
                    case Drain(Instant deadline) -> Step.to(new Draining(deadline, false), Action.DRAIN);
                    case Restart(Instant deadline) -> Step.to(new Draining(deadline, true), Action.DRAIN);
                    case Stop(Instant deadline) -> Step.to(new Stopping(deadline, false), Action.TERMINATE);
                    case Kill _ -> Step.to(new Stopping(now, false), Action.KILL);
                };
            case Draining s ->
                switch (event) {
                    case Online _, Listening _, SaidReady _ -> Step.to(s);
                    case Drain(Instant deadline) ->
                        Step.to(new Draining(deadline.isBefore(s.deadline) ? deadline : s.deadline, false));
                    case Restart _ -> Step.to(s);
                    case Exited(int status) -> stopped(status, s.again, now);
                    case Tick _ ->
                        now.isBefore(s.deadline)
                                ? Step.to(s)
                                : Step.to(new Stopping(now.plus(rules.stopTimeout), s.again), Action.TERMINATE);
                    case Stop(Instant deadline) -> Step.to(new Stopping(deadline, false), Action.TERMINATE);
                    case Kill _ -> Step.to(new Stopping(now, false), Action.KILL);
                };
            case Stopping s ->
                switch (event) {
                    case Online _, Listening _, SaidReady _, Restart _ -> Step.to(s);
                    case Exited(int status) -> stopped(status, s.again, now);
                    case Tick _ ->
                        now.isBefore(s.deadline)
                                ? Step.to(s)
                                : Step.to(new Stopping(Instant.MAX, s.again), Action.KILL);
                    case Drain _, Stop _ -> Step.to(new Stopping(s.deadline, false));
                    case Kill _ -> Step.to(new Stopping(Instant.MAX, false), Action.KILL);
                };
            case Backoff s ->
                switch (event) {
                    case Online _, Listening _, SaidReady _, Exited _ -> Step.to(s);
                    case Tick _ ->
                        now.isBefore(s.until) ? Step.to(s) : Step.to(new Starting(Instant.MAX, s.deaths), Action.START);
                    case Restart _ -> Step.to(new Backoff(now, 0));
                    case Drain _, Stop _, Kill _ -> Step.to(new Done(0), Action.RELEASE);
                };
            case Failed s ->
                switch (event) {
                    case Online _, Listening _, SaidReady _, Exited _, Drain _ -> Step.to(s);
                    case Restart _ -> Step.to(new Backoff(now, 0));
                    case Tick _ -> {
                        if (rules.isOver()) {
                            yield Step.to(new Done(s.status), Action.RELEASE);
                        }
                        yield now.isBefore(s.until)
                                ? Step.to(s)
                                : Step.to(new Failed(s.status, Instant.MAX), Action.RELEASE);
                    }
                    case Stop _, Kill _ -> Step.to(new Done(s.status), Action.RELEASE);
                };
            case Done s ->
                switch (event) {
                    case Online _, Listening _, SaidReady _, Exited _, Tick _, Drain _, Restart _, Stop _, Kill _ ->
                        Step.to(s);
                };
        };
    }

    /** The first death soon after readiness is no reason to wait yet. */
    private static Step exited(int status, Instant now, Rules rules, int deaths, int waits) {
        if (rules.restart.restarts(status) && deaths < rules.mostDeaths) {
            return Step.to(new Backoff(now.plus(RestartPolicy.delay(Math.max(0, waits))), deaths));
        }
        return status == 0 || rules.isOver()
                ? Step.to(new Done(status), Action.RELEASE)
                : Step.to(new Failed(status, now.plus(HOLD)));
    }

    /** A worker that ends by the very SIGTERM it was sent, or by its terminal's SIGHUP, has ended well. */
    private static Step stopped(int status, boolean again, Instant now) {
        return again
                ? Step.to(new Backoff(now, 0))
                : Step.to(new Done(status == 143 || status == 129 ? 0 : status), Action.RELEASE);
    }

    /** Whether no worker runs, and none will unless one is forked. */
    default boolean isVacant() {
        return switch (this) {
            case Starting _, Ready _, Draining _, Stopping _, Backoff _ -> false;
            case Failed _, Done _ -> true;
        };
    }

    /** When the slot wants its next {@link Tick}, if it wants one. */
    default Optional<Instant> nextTick(Rules rules) {
        return switch (this) {
            case Starting s ->
                rules.provesItselfByLiving() && !s.online.equals(Instant.MAX)
                        ? Optional.of(s.online.plus(PROOF_OF_LIFE))
                        : Optional.empty();
            case Backoff s -> Optional.of(s.until);
            case Failed s -> Optional.of(s.until).filter(d -> !d.equals(Instant.MAX));
            case Draining s -> Optional.of(s.deadline);
            case Stopping s -> Optional.of(s.deadline).filter(d -> !d.equals(Instant.MAX));
            case Ready _, Done _ -> Optional.empty();
        };
    }
}
