package io.netcluster.primary;

import io.netcluster.primary.SlotState.Backoff;
import io.netcluster.primary.SlotState.Done;
import io.netcluster.primary.SlotState.Drain;
import io.netcluster.primary.SlotState.Draining;
import io.netcluster.primary.SlotState.Exited;
import io.netcluster.primary.SlotState.Kill;
import io.netcluster.primary.SlotState.Listening;
import io.netcluster.primary.SlotState.Online;
import io.netcluster.primary.SlotState.Ready;
import io.netcluster.primary.SlotState.Rules;
import io.netcluster.primary.SlotState.SaidReady;
import io.netcluster.primary.SlotState.Starting;
import io.netcluster.primary.SlotState.Stop;
import io.netcluster.primary.SlotState.Tick;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The slots and the workers in them: what {@link SlotState} decides is done here.
 *
 * <p>Confined to the supervisor's thread.
 */
final class Slots {
    private static final int NOT_STARTED = 126; // as a shell says of what it cannot execute

    private static final Duration REMINDER = Duration.ofSeconds(1);

    /** A longer time than this cannot be told from it, and could not be added to the present. */
    private static final Duration FOR_EVER = Duration.ofDays(365_000);

    private final Agenda agenda;
    private final Workshop workshop;
    private final ListenerTable table;
    private final Observer observer;
    private final Map<Integer, SlotState> slots = new TreeMap<>();
    private final Map<Integer, Settings> settings = new TreeMap<>(); // by slot
    private final Map<Integer, Worker> workers = new TreeMap<>(); // by slot
    private boolean listens;
    private boolean finishing;

    Slots(Agenda agenda, Workshop workshop, ListenerTable table, Observer observer) {
        this.agenda = agenda;
        this.workshop = workshop;
        this.table = table;
        this.observer = observer;
    }

    // ------------------------------------------------------------------ as a whole

    /** Adds a slot whose first worker is started by the next tick. */
    void add(Settings how) {
        int slot = freeSlot();
        settings.put(slot, how);
        slots.put(slot, new Backoff(Instant.MIN, 0));
    }

    /** Starts a worker in the lowest slot that has none. */
    Worker fork(Settings how) throws IOException {
        int slot = freeSlot();
        settings.put(slot, how);
        var worker = start(slot, how);
        slots.put(slot, new Starting(Instant.MAX, 0));
        return worker;
    }

    private int freeSlot() {
        int slot = 1;
        while (!slots.getOrDefault(slot, new Done(0)).isVacant()) {
            slot++;
        }
        return slot;
    }

    /** Nobody forks a worker from now on. */
    void finish() {
        finishing = true;
    }

    boolean isFinishing() {
        return finishing;
    }

    /** Whether no worker is left, and none will come. */
    boolean areOver() {
        return finishing && slots.values().stream().allMatch(Done.class::isInstance);
    }

    /** The worst exit status of the slots, once they are over. */
    int status() {
        return slots.values().stream()
                .mapToInt(state -> ((Done) state).status())
                .max()
                .orElse(0);
    }

    /** Time has passed. */
    void tick() {
        step(new Tick());
    }

    /** When the next {@link #tick} is wanted; this at the latest. */
    Instant nextTick(Instant latest) {
        var next = latest;
        for (var slot : slots.entrySet()) {
            next = slot.getValue()
                    .nextTick(rules(slot.getKey()))
                    .filter(next::isAfter)
                    .orElse(next);
        }
        return next;
    }

    /** All workers are to finish what they have accepted, and to end. */
    void drainAll(Duration deadline) {
        slots.keySet().forEach(slot -> drain(slot, deadline));
    }

    /** All workers are to end within that time. */
    void stop(Duration timeout) {
        step(new Stop(Instant.now().plus(timeout)));
    }

    /** All workers are ended at once. */
    void killAll() {
        step(new Kill());
    }

    // ------------------------------------------------------------------ one worker

    /** Those whose processes run, as far as has been heard. */
    Collection<Worker> workers() {
        return workers.values();
    }

    /** Whether it is still there. */
    boolean have(Worker worker) {
        return workers.get(worker.slot()) == worker;
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
        step(worker.slot(), new Online());
        drainNow(worker.slot());
    }

    /** A worker has asked for a listener: its program is one that listens, and not ready before it does. */
    void asked() {
        listens = true;
    }

    /** It has opened a listener: that can be readiness. */
    void opened(Worker worker) {
        listens = true;
        step(worker.slot(), new Listening());
    }

    /** Its program says that it is ready. */
    void saidReady(Worker worker) {
        step(worker.slot(), new SaidReady());
    }

    /** It is to finish what it has accepted, and to end. */
    void drain(Worker worker, Duration deadline) {
        drain(worker.slot(), deadline);
    }

    /** The worker keeps the deadline by itself; only then is it reminded. */
    private void drain(int slot, Duration deadline) {
        step(slot, new Drain(Instant.now().plus(bounded(deadline)).plus(REMINDER)));
    }

    private static Duration bounded(Duration given) {
        return given.compareTo(FOR_EVER) < 0 ? given : FOR_EVER;
    }

    /** A worker whose program has not begun yet is told when it comes. */
    private void drainNow(int slot) {
        if (state(slot) instanceof Draining draining) {
            worker(slot)
                    .drain(Duration.between(Instant.now(), draining.deadline().minus(REMINDER)));
        }
    }

    /** It has answered a ping. */
    void ponged(Worker worker, long number, long heapUsed, long heapMax) {
        observer.pong(worker, number, heapUsed, heapMax);
    }

    /** Its link has ended. */
    void disconnected(Worker worker) {
        worker.link(null);
        observer.disconnected(worker);
    }

    // ------------------------------------------------------------------ from state to state

    private void step(SlotState.Event event) {
        slots.keySet().forEach(slot -> step(slot, event));
    }

    private void step(int slot, SlotState.Event event) {
        var before = state(slot);
        var step = before.on(event, Instant.now(), rules(slot));
        slots.put(slot, step.state());
        for (var action : step.actions()) {
            switch (action) {
                case START -> restart(slot);
                case DRAIN -> {
                    observer.disconnecting(worker(slot));
                    drainNow(slot);
                }
                case TERMINATE -> worker(slot).terminate();
                case KILL -> worker(slot).kill();
                case RELEASE -> table.releaseAll(slot);
            }
        }
        if (step.state() instanceof Ready && !(before instanceof Ready)) {
            observer.ready(worker(slot));
        }
        if (before instanceof Backoff && step.state().isVacant()) {
            observer.vacant(slot);
        }
    }

    private Rules rules(int slot) {
        var how = Objects.requireNonNull(settings.get(slot));
        return new Rules(how.restart(), listens, how.readiness(), bounded(how.stopTimeout()), finishing);
    }

    private SlotState state(int slot) {
        return Objects.requireNonNull(slots.get(slot));
    }

    private Worker worker(int slot) {
        return Objects.requireNonNull(workers.get(slot));
    }

    private void restart(int slot) {
        try {
            start(slot, Objects.requireNonNull(settings.get(slot)));
        } catch (IOException e) {
            observer.say("cannot start worker " + slot + ": " + e.getMessage());
            if (settle(slot, NOT_STARTED).isVacant()) {
                observer.vacant(slot);
            }
        }
    }

    private Worker start(int slot, Settings how) throws IOException {
        Consumer<Worker> forked = worker -> {
            workers.put(slot, worker);
            observer.forked(worker);
        };
        return workshop.start(slot, how, forked, (worker, status) -> agenda.submit(() -> exited(worker, status)));
    }

    private void exited(Worker worker, int status) {
        int slot = worker.slot();
        workers.remove(slot);
        worker.ended();
        table.forget(worker.id());
        if (worker.link() != null) {
            disconnected(worker); // what its link's thread, which is held up, has yet to see
        }
        var next = settle(slot, status);
        observer.exited(worker, status, next instanceof Backoff backoff ? backoff.until() : null);
        if (next.isVacant()) {
            observer.vacant(slot);
        }
    }

    /** Without a worker, a slot's listeners wait for its next one. */
    private SlotState settle(int slot, int status) {
        step(slot, new Exited(status));
        table.orphan(slot);
        return state(slot);
    }
}
