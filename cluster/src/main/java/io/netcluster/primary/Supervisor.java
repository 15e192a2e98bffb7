package io.netcluster.primary;

import io.netcluster.primary.SlotState.Backoff;
import io.netcluster.primary.SlotState.Done;
import io.netcluster.primary.SlotState.Exited;
import io.netcluster.primary.SlotState.Kill;
import io.netcluster.primary.SlotState.Listening;
import io.netcluster.primary.SlotState.Rules;
import io.netcluster.primary.SlotState.Stop;
import io.netcluster.primary.SlotState.Tick;
import io.netcluster.wire.Frames;
import io.netcluster.wire.Frames.Received;
import io.netcluster.wire.Message.Hello;
import io.netcluster.wire.Message.Welcome;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that owns the cluster's state: slots, workers and listeners.
 *
 * <p>Everybody else puts a task into its queue, which is bounded: who is too fast waits.
 */
final class Supervisor implements LinkServer.Receiver {
    private static final int QUEUE = 4096;
    private static final Duration IDLE = Duration.ofHours(1);
    /** Who signals a process and its group, as timeout(1) does, makes one request. */
    private static final Duration ONE_REQUEST = Duration.ofMillis(200);

    private static final int NOT_STARTED = 126; // as a shell says of what it cannot execute
    private static final Duration FILE_CHECK = Duration.ofSeconds(1);

    private final Definition definition;
    private final Console console;
    private final Workshop workshop;
    private final LinkServer links;
    private final Listeners listeners;
    private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>(QUEUE);
    private final Map<Integer, SlotState> slots = new TreeMap<>();
    private final Map<Integer, Worker> workers = new TreeMap<>(); // by slot
    private final Queue<Later> later = new PriorityQueue<>(Comparator.comparing(Later::when));
    private boolean listens;
    private boolean stopping;
    private Instant stopAsked = Instant.MIN;

    /** Something to be done at a time. */
    private record Later(Instant when, Runnable task) {}

    /** A cluster that does nothing until {@link #run}. */
    Supervisor(Definition definition, Program program, Console console) throws IOException {
        this.definition = definition;
        this.console = console;
        this.links = LinkServer.open(this, null);
        this.workshop = new Workshop(definition, program, links, console);
        this.listeners = new Listeners(this, console);
        for (int slot = 1; slot <= definition.workers(); slot++) {
            slots.put(slot, new Backoff(Instant.MIN, 0));
        }
    }

    /**
     * Runs the cluster until no worker is left and none will be. Blocks.
     *
     * @return the worst exit status of its slots
     */
    int run() throws InterruptedException {
        try (links) {
            step(new Tick());
            while (!slots.values().stream().allMatch(Done.class::isInstance)) {
                var task = tasks.poll(untilNext().toNanos(), TimeUnit.NANOSECONDS);
                if (task != null) {
                    runSafely(task);
                }
                runDue();
                step(new Tick());
                listeners.table().mendFiles();
            }
        } finally {
            listeners.table().close();
        }
        return slots.values().stream()
                .mapToInt(state -> ((Done) state).status())
                .max()
                .orElseThrow();
    }

    /** A mistake in handling one worker's message must not end all the others. */
    private void runSafely(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            console.say("a mistake of netcluster's own, please report it: " + e);
        }
    }

    private Duration untilNext() {
        var now = Instant.now();
        var next = now.plus(listeners.table().hasFiles() ? FILE_CHECK : IDLE);
        for (var state : slots.values()) {
            next = state.nextTick(rules()).filter(next::isAfter).orElse(next);
        }
        var first = later.peek();
        next = first != null && first.when().isBefore(next) ? first.when() : next;
        return next.isBefore(now) ? Duration.ZERO : Duration.between(now, next);
    }

    private void runDue() {
        var now = Instant.now();
        for (var first = later.peek(); first != null && !first.when().isAfter(now); first = later.peek()) {
            later.remove();
            first.task().run();
        }
    }

    // ------------------------------------------------------------------ from other threads

    /** Begins an orderly stop; asked again, a moment later, it ends the workers at once. Any thread. */
    void stop(String why) {
        var asked = Instant.now();
        submit(() -> {
            if (stopping && asked.isBefore(stopAsked.plus(ONE_REQUEST))) {
                return;
            }
            if (stopping) {
                console.say(why + " again: killing what is left");
                step(new Kill());
            } else {
                stopping = true;
                stopAsked = asked;
                console.say(why + ": stopping " + workers.size() + " workers, within "
                        + definition.stopTimeout().toSeconds() + " s");
                step(new Stop(Instant.now().plus(definition.stopTimeout())));
            }
        });
    }

    /** Passes a signal on to every worker. Any thread. */
    void forward(int signal) {
        submit(() -> workers.values().forEach(worker -> worker.signal(signal)));
    }

    /** Takes orphans that have died out of the process table; their parent is process 1. Any thread. */
    void reapOrphans() {
        submit(() -> Orphans.reap(
                workers.values().stream().map(worker -> worker.process().pid()).toList()));
    }

    private void submit(Runnable task) {
        try {
            tasks.put(task);
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted while the supervisor was busy", e);
        }
    }

    @Override
    public boolean greeted(WorkerLink link, Hello hello) throws InterruptedException {
        var accepted = new CompletableFuture<Boolean>();
        tasks.put(() -> accepted.complete(accept(link, hello)));
        return accepted.join();
    }

    @Override
    public void received(WorkerLink link, Received received) throws InterruptedException {
        tasks.put(() -> listeners.handle(workerOf(link), link, received));
    }

    @Override
    public void ended(WorkerLink link, @Nullable String why) throws InterruptedException {
        tasks.put(() -> {
            var worker = workerOf(link);
            if (worker != null) {
                worker.link(null);
            }
            if (why != null && !stopping) {
                console.say("closed the link of process " + link.peer().pid() + ": " + why);
            }
        });
    }

    // ------------------------------------------------------------------ the supervisor's own thread

    private boolean accept(WorkerLink link, Hello hello) {
        for (var worker : workers.values()) {
            if (worker.id() == hello.worker()
                    && worker.recognizes(hello, link.peer().pid())) {
                worker.link(link);
                link.answer(new Welcome(ProcessHandle.current().pid()), Frames.NONE);
                return true;
            }
        }
        return false;
    }

    private @Nullable Worker workerOf(WorkerLink link) {
        for (var worker : workers.values()) {
            if (worker.link() == link) {
                return worker;
            }
        }
        return null;
    }

    /** A worker has asked for a listener: its program is one that listens, and not ready before it does. */
    void asked() {
        listens = true;
    }

    /** A worker has opened a listener: for its slot that is readiness. */
    void opened(Worker worker) {
        listens = true;
        step(worker.slot(), new Listening());
    }

    /** Does something later, if the worker is still there then. */
    void later(Duration delay, Worker worker, Runnable task) {
        later.add(new Later(Instant.now().plus(delay), () -> {
            if (workers.get(worker.slot()) == worker) {
                task.run();
            }
        }));
    }

    private void step(SlotState.Event event) {
        for (int slot = 1; slot <= definition.workers(); slot++) {
            step(slot, event);
        }
    }

    private void step(int slot, SlotState.Event event) {
        var step = state(slot).on(event, Instant.now(), rules());
        slots.put(slot, step.state());
        for (var action : step.actions()) {
            switch (action) {
                case START -> start(slot);
                case TERMINATE -> worker(slot).terminate();
                case KILL -> worker(slot).kill();
            }
        }
    }

    private Rules rules() {
        return new Rules(definition.restart(), listens);
    }

    private SlotState state(int slot) {
        return Objects.requireNonNull(slots.get(slot));
    }

    private Worker worker(int slot) {
        return Objects.requireNonNull(workers.get(slot));
    }

    private void start(int slot) {
        try {
            workers.put(slot, workshop.start(slot, (worker, status) -> submit(() -> exited(worker, status))));
        } catch (CannotStartException | IOException e) {
            console.say("cannot start worker " + slot + ": " + e.getMessage());
            settle(slot, NOT_STARTED);
        }
    }

    private void exited(Worker worker, int status) {
        int slot = worker.slot();
        workers.remove(slot);
        links.forget(worker.id());
        worker.ended();
        var next = settle(slot, status);
        if (!stopping || status == 137) {
            console.say(worker + " " + ending(status) + " after " + seconds(worker.started(), Instant.now())
                    + (next instanceof Backoff backoff ? "; starts again" + delay(backoff) : ""));
        }
    }

    /** Without a worker, a slot's listeners wait for its next one, or go. */
    private SlotState settle(int slot, int status) {
        step(slot, new Exited(status));
        var next = state(slot);
        if (next instanceof Done) {
            listeners.table().releaseAll(slot);
        } else {
            listeners.table().orphan(slot);
        }
        return next;
    }

    private static String ending(int status) {
        return status > 128 && status <= 128 + 64 ? "was ended by signal " + (status - 128) : "exited with " + status;
    }

    private static String delay(Backoff backoff) {
        var now = Instant.now();
        return backoff.until().isAfter(now) ? " in " + seconds(now, backoff.until()) : "";
    }

    private static String seconds(Instant from, Instant to) {
        return String.format(Locale.ROOT, "%.1f s", Duration.between(from, to).toMillis() / 1000.0);
    }
}
