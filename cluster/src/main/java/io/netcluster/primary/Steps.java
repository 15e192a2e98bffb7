package io.netcluster.primary;

import io.netcluster.primary.SlotState.Backoff;
import io.netcluster.primary.SlotState.Drain;
import io.netcluster.primary.SlotState.Draining;
import io.netcluster.primary.SlotState.Exited;
import io.netcluster.primary.SlotState.Ready;
import io.netcluster.primary.SlotState.Rules;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Takes seats from state to state: what {@link SlotState} decides is done here.
 *
 * <p>Confined to the supervisor's thread.
 */
final class Steps {
    private static final int NOT_STARTED = 126; // as a shell says of what it cannot execute

    /** A worker keeps a deadline by itself; only then is it reminded. */
    static final Duration REMINDER = Duration.ofSeconds(1);

    private final Agenda agenda;
    private final Workshop workshop;
    private final ListenerTable table;
    private final Observer observer;
    private final Seats seats;
    private boolean listens;
    private boolean finishing;

    Steps(Agenda agenda, Workshop workshop, ListenerTable table, Observer observer, Seats seats) {
        this.agenda = agenda;
        this.workshop = workshop;
        this.table = table;
        this.observer = observer;
        this.seats = seats;
    }

    /** The cluster's program is one that listens: a worker is not ready before it does. */
    void listens() {
        listens = true;
    }

    /** Nobody forks a worker from now on. */
    void finish() {
        finishing = true;
    }

    boolean isFinishing() {
        return finishing;
    }

    /** When a seat wants to hear that time has passed. */
    Optional<Instant> nextTick(Seat seat) {
        return seat.state().nextTick(rules(seat));
    }

    /** Something happens to all. */
    void step(SlotState.Event event) {
        seats.all().forEach(seat -> step(seat, event));
    }

    /** Something happens to one. */
    void step(Seat seat, SlotState.Event event) {
        var before = seat.state();
        var step = before.on(event, Instant.now(), rules(seat));
        seat.state(step.state());
        for (var action : step.actions()) {
            switch (action) {
                case START -> restart(seat);
                case DRAIN -> {
                    observer.disconnecting(seat.present());
                    drainNow(seat);
                }
                case TERMINATE -> seat.present().terminate();
                case KILL -> seat.present().kill();
                case RELEASE -> {
                    if (seats.isOccupant(seat)) {
                        table.releaseOrphans(seat.slot());
                    }
                }
            }
        }
        if (seat.state() instanceof Ready && !(before instanceof Ready)) {
            seat.present().isReady();
            observer.ready(seat.present());
            seat.ready();
        }
        if (before instanceof Backoff && seat.state().isVacant()) {
            observer.vacant(seat.slot());
        }
    }

    private Rules rules(Seat seat) {
        var how = seat.plan().settings();
        return new Rules(
                seats.isOccupant(seat) ? how.restart() : RestartPolicy.NEVER,
                how.mostDeaths(),
                listens,
                how.readiness(),
                Settings.bounded(how.stopTimeout()),
                finishing);
    }

    private void restart(Seat seat) {
        try {
            var _ = start(seat);
        } catch (IOException e) {
            var why = "cannot start worker " + seat.slot() + ": " + e.getMessage();
            observer.say(why);
            step(seat, new Exited(NOT_STARTED));
            if (seat.state().isVacant()) {
                observer.vacant(seat.slot());
            }
            seat.failed(null, why);
        }
    }

    /** Starts its worker. */
    Worker start(Seat seat) throws IOException {
        Consumer<Worker> forked = worker -> {
            seat.seat(worker);
            observer.forked(worker);
        };
        return workshop.start(
                seat.slot(),
                seats.lowestPlace(),
                seat.plan(),
                forked,
                (worker, status) -> agenda.submit(() -> exited(seat, worker, status)));
    }

    /** Its worker is to finish what it has accepted, within this time, and to end. */
    void drain(Seat seat, Duration deadline) {
        step(seat, new Drain(Instant.now().plus(Settings.bounded(deadline)).plus(REMINDER)));
    }

    /** A worker whose program has not begun yet is told when it comes. */
    static void drainNow(Seat seat) {
        if (seat.state() instanceof Draining draining) {
            seat.present()
                    .drain(Duration.between(Instant.now(), draining.deadline().minus(REMINDER)));
        }
    }

    /** Its link has ended. */
    void disconnected(Worker worker) {
        worker.link(null);
        observer.disconnected(worker);
    }

    /** Its worker's process has ended: without one, a slot's listeners wait for its next one. */
    void exited(Seat seat, Worker worker, int status) {
        seat.vacate();
        worker.ended();
        worker.withdrawn();
        if (worker.link() != null) {
            disconnected(worker); // what its link's thread, which is held up, has yet to see
        }
        if (seats.isOccupant(seat)) {
            table.orphanAll(worker.id());
        } else {
            table.releaseAll(worker.id());
            seats.remove(seat);
        }
        boolean again = seat.hasNext();
        var before = seat.state();
        // a JVM that SIGTERM meets in its own initialisation says "Bad level: 2", and that it has failed
        step(seat, new Exited(seat.isEnding() && !worker.hasDialed() ? 0 : status));
        seat.lost(worker, status, before);
        observer.exited(worker, status, seat.state() instanceof Backoff backoff ? backoff.until() : null);
        if (seat.state().isVacant()) {
            observer.vacant(seat.slot());
            if (seats.isOccupant(seat) && seat.hasFailed(before)) {
                observer.say("slot " + seat.slot() + " has failed, and starts no worker any more: " + seat.why());
            }
        }
        if (!again) {
            seat.failed(worker, worker + " " + Narrator.ending(status) + " before it was ready");
        }
    }
}
