package io.netcluster.primary;

import io.netcluster.primary.SlotState.Backoff;
import io.netcluster.primary.SlotState.Kill;
import io.netcluster.primary.SlotState.Listening;
import io.netcluster.primary.SlotState.Online;
import io.netcluster.primary.SlotState.Ready;
import io.netcluster.primary.SlotState.Restart;
import io.netcluster.primary.SlotState.SaidReady;
import io.netcluster.primary.SlotState.Starting;
import io.netcluster.primary.SlotState.Stop;
import io.netcluster.primary.SlotState.Tick;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The slots and the workers in them, and what can be asked of them.
 *
 * <p>A slot has an occupant. While that one is being replaced it also has a successor, which becomes the occupant when it
 * is ready; the old one leaves then: it finishes what it has accepted, and ends. Confined to the supervisor's thread.
 */
final class Slots {
    /** How long a worker that is ready may take to open what a dead predecessor has left. */
    private static final Duration CLAIM = Duration.ofSeconds(10);

    private final Agenda agenda;
    private final Workshop workshop;
    private final ListenerTable table;
    private final Observer observer;
    private final Seats seats = new Seats();
    private final Steps steps;

    Slots(Agenda agenda, Workshop workshop, ListenerTable table, Observer observer) {
        this.agenda = agenda;
        this.workshop = workshop;
        this.table = table;
        this.observer = observer;
        this.steps = new Steps(agenda, workshop, table, observer, seats);
    }

    // ------------------------------------------------------------------ as a whole

    /** Who sits where; for who only looks. */
    Seats seats() {
        return seats;
    }

    /** Adds a slot whose first worker is started by the next tick. */
    Seat add(Plan plan) {
        var seat = new Seat(seats.lowestFree(), plan);
        var _ = seats.occupy(seat);
        return seat;
    }

    /** Starts a worker in the lowest slot that has none. */
    Worker fork(Plan plan) throws IOException {
        var seat = new Seat(seats.lowestVacant(), plan);
        var replaced = seats.occupy(seat);
        try {
            seat.state(new Starting(Instant.MAX, 0));
            return steps.start(seat);
        } catch (IOException e) {
            seats.remove(seat);
            if (replaced != null) {
                var _ = seats.occupy(replaced);
            }
            throw e;
        }
    }

    /**
     * Takes over a worker of a primary before this one. A successor goes if its slot has an occupant, for what it was part
     * of has been forgotten; so those come last.
     */
    Worker adopt(SavedWorker saved, Plan plan, WorkerProcess process) throws IOException {
        var seat = new Seat(saved.slot(), plan);
        seat.state(saved.resume());
        seat.countFrom(saved.restarts());
        boolean leaves = saved.role() == ClusterStatus.Role.LEAVER || seats.hasOccupant(saved.slot());
        if (leaves) {
            seats.leave(seat);
        } else {
            var _ = seats.occupy(seat);
        }
        var worker = workshop.adopt(
                saved, plan, process, (ended, status) -> agenda.submit(() -> steps.exited(seat, ended, status)));
        seat.seat(worker);
        if (leaves) {
            steps.drain(seat, plan.settings().drainTimeout());
        }
        return worker;
    }

    /** A worker says that it drains: if that is news, a primary that is dead has told it to, and its slot lives on. */
    void drains(Worker worker) {
        var seat = seat(worker);
        if (!seat.isEnding()) {
            var deadline = Settings.bounded(seat.plan().settings().drainTimeout());
            steps.step(seat, new Restart(Instant.now().plus(deadline).plus(Steps.REMINDER)));
        }
    }

    /** Nobody forks a worker from now on. */
    void finish() {
        steps.finish();
    }

    boolean isFinishing() {
        return steps.isFinishing();
    }

    /** Whether no worker is left, and none will come. */
    boolean areOver() {
        return steps.isFinishing() && seats.areOver();
    }

    /** Time has passed. */
    void tick() {
        steps.step(new Tick());
        var now = Instant.now();
        for (var seat : seats.all()) {
            if (!now.isBefore(seat.awaitedUntil())) {
                seat.failed(seat.worker(), seat.impatience());
            }
        }
    }

    /** When the next {@link #tick} is wanted; this at the latest. */
    Instant nextTick(Instant latest) {
        var next = latest;
        for (var seat : seats.all()) {
            next = steps.nextTick(seat).filter(next::isAfter).orElse(next);
            next = seat.awaitedUntil().isBefore(next) ? seat.awaitedUntil() : next;
        }
        return next;
    }

    /** All workers are to finish what they have accepted, and to end. */
    void drainAll(Duration deadline) {
        seats.all().forEach(seat -> steps.drain(seat, deadline));
    }

    /** All workers are to end; those that are ready finish what they have accepted, if that does not take too long. */
    void drainAndStop() {
        for (var seat : seats.all()) {
            var how = seat.plan().settings();
            if (seat.state() instanceof Ready) {
                steps.drain(
                        seat,
                        how.drainTimeout().compareTo(how.stopTimeout()) < 0 ? how.drainTimeout() : how.stopTimeout());
            } else {
                stop(seat);
            }
        }
    }

    /** All workers are asked to end, by a signal. */
    void stop() {
        seats.all().forEach(this::stop);
    }

    private void stop(Seat seat) {
        steps.step(
                seat,
                new Stop(Instant.now()
                        .plus(Settings.bounded(seat.plan().settings().stopTimeout()))));
    }

    /** All workers are ended at once. */
    void killAll() {
        steps.step(new Kill());
    }

    // ------------------------------------------------------------------ one slot

    /** Starts a worker that takes the place of the slot's present one as soon as it is ready. */
    void replace(int slot, Plan plan, Seat.Awaiter awaiter) {
        var seat = new Seat(slot, plan);
        startBeside(seat, () -> promote(seat), awaiter);
    }

    /** Starts a worker beside the slot's present one; when it is ready it stays for a time, and then leaves. */
    Seat visit(int slot, Plan plan, Duration stay, Seat.Awaiter awaiter) {
        var seat = new Seat(slot, plan);
        startBeside(seat, () -> later(stay, seat.present(), () -> leave(seat)), awaiter);
        return seat;
    }

    /**
     * Starts a worker beside the slot's present one; it goes if it does not become ready.
     *
     * @param settle what is done with it when it is ready, before the awaiter hears of it
     */
    private void startBeside(Seat seat, Runnable settle, Seat.Awaiter awaiter) {
        seats.succeed(seat);
        seat.await(new Seat.Awaiter() {
            @Override
            public void ready() {
                settle.run();
                awaiter.ready();
            }

            @Override
            public void failed(@Nullable Worker failed, String why) {
                leave(seat);
                awaiter.failed(failed, why);
            }
        });
        steps.step(seat, new Tick());
    }

    private void promote(Seat seat) {
        int slot = seat.slot();
        var old = seats.promote(seat);
        seat.countAfter(old);
        leave(old);
        if (old.worker() == null && seat.worker() != null) {
            later(CLAIM, seat.worker(), () -> table.releaseOrphans(slot));
        }
    }

    /** The worker ends, and another is started in its slot as this says. */
    void restart(int slot, Plan plan, Seat.Awaiter awaiter) {
        var seat = seats.occupant(slot);
        var deadline = Settings.bounded(seat.plan().settings().drainTimeout());
        steps.step(seat, new Restart(Instant.now().plus(deadline).plus(Steps.REMINDER)));
        seat.plan(plan);
        seat.await(awaiter);
    }

    /** The slot is given up, and so is what was to replace its worker. */
    void remove(int slot) {
        for (var seat : seats.successors()) {
            if (seat.slot() == slot) {
                seat.failed(seat.worker(), "slot " + slot + " has been given up");
            }
        }
        leave(seats.occupant(slot));
        table.releaseOrphans(slot);
    }

    /** Its worker is replaced, or not wanted: it finishes what it has accepted, and ends. */
    private void leave(Seat seat) {
        if (seat.worker() == null) {
            seats.remove(seat);
            if (seat.state() instanceof Backoff) {
                observer.vacant(seat.slot());
            }
            return;
        }
        seats.leave(seat);
        steps.drain(seat, seat.plan().settings().drainTimeout());
    }

    // ------------------------------------------------------------------ one worker

    /** The highest id that a worker has had. */
    long lastId() {
        return workshop.lastId();
    }

    /** Those whose processes run, as far as has been heard. */
    List<Worker> workers() {
        return seats.workers();
    }

    /** Whether it is still there. */
    boolean have(Worker worker) {
        return seats.of(worker) != null;
    }

    private Seat seat(Worker worker) {
        return Objects.requireNonNull(seats.of(worker));
    }

    /** Whether it has been asked to finish, or to end. */
    boolean isEnding(Worker worker) {
        return seat(worker).isEnding();
    }

    /** Whether another is started in its slot when it has ended as it was asked to. */
    boolean hasNext(Worker worker) {
        return seat(worker).hasNext();
    }

    /** Does something later, if the worker is still there then. */
    void later(Duration delay, Worker worker, Runnable task) {
        agenda.at(Instant.now().plus(delay), () -> {
            if (have(worker)) {
                task.run();
            }
        });
    }

    /** It has said who it is. */
    void online(Worker worker) {
        var seat = seat(worker);
        steps.step(seat, new Online());
        Steps.drainNow(seat);
        if (seat.plan().settings().readiness() instanceof Settings.Readiness.Probe probe) {
            Prober.start(
                    probe.target(),
                    worker,
                    () -> agenda.submit(() -> {
                        if (have(worker)) {
                            saidReady(worker);
                        }
                    }));
        }
    }

    /** A worker has asked for a listener: its program is one that listens, and not ready before it does. */
    void asked() {
        steps.listens();
    }

    /** It has opened a listener: that can be readiness. */
    void opened(Worker worker) {
        steps.listens();
        var seat = seat(worker);
        boolean suffices = switch (seat.plan().settings().readiness()) {
            case Settings.Readiness.FirstListener _ -> true;
            case Settings.Readiness.AllListeners _ -> isHeir(seat);
            case Settings.Readiness.Explicit _, Settings.Readiness.Probe _ -> false;
        };
        if (suffices) {
            steps.step(seat, new Listening());
        }
    }

    private boolean isHeir(Seat seat) {
        var predecessor = seats.isOccupant(seat) || !seats.hasOccupant(seat.slot())
                ? null
                : seats.occupant(seat.slot()).worker();
        return predecessor == null || table.isHeir(seat.present().id(), predecessor.id());
    }

    /** Its program says that it is ready. */
    void saidReady(Worker worker) {
        steps.step(seat(worker), new SaidReady());
    }

    /** It is to finish what it has accepted, and to end. */
    void drain(Worker worker, Duration deadline) {
        steps.drain(seat(worker), deadline);
    }

    /** Its link has ended. */
    void disconnected(Worker worker) {
        steps.disconnected(worker);
    }
}
