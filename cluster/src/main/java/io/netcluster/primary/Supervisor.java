package io.netcluster.primary;

import io.netcluster.primary.SlotState.Backoff;
import io.netcluster.primary.SlotState.Done;
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
import io.netcluster.wire.Frames;
import io.netcluster.wire.Frames.Received;
import io.netcluster.wire.Message.Attach;
import io.netcluster.wire.Message.Hello;
import io.netcluster.wire.Message.Welcome;
import io.netcluster.wire.MessageChannel;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that owns the cluster's state: slots, workers and listeners.
 *
 * <p>Everybody else puts a task into its queue, which is bounded: who is too fast waits.
 */
public final class Supervisor implements LinkServer.Receiver {
    private static final int QUEUE = 4096;
    private static final Duration IDLE = Duration.ofHours(1);
    /** Who signals a process and its group, as timeout(1) does, makes one request. */
    private static final Duration ONE_REQUEST = Duration.ofMillis(200);

    private static final int NOT_STARTED = 126; // as a shell says of what it cannot execute
    private static final Duration FILE_CHECK = Duration.ofSeconds(1);

    private static final Duration REMINDER = Duration.ofSeconds(1);

    /** A longer time than this cannot be told from it, and could not be added to the present. */
    private static final Duration FOR_EVER = Duration.ofDays(365_000);

    private final Definition definition;
    private final Observer observer;
    private final Workshop workshop;
    private final LinkServers links;
    private final Listeners listeners;
    private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>(QUEUE);
    private final Map<Integer, SlotState> slots = new TreeMap<>();
    private final Map<Integer, Settings> settings = new TreeMap<>(); // by slot
    private final Map<Integer, Worker> workers = new TreeMap<>(); // by slot
    private final Queue<Later> later = new PriorityQueue<>(Comparator.comparing(Later::when));
    private boolean listens;
    private boolean finishing;
    private boolean stopping;
    private Instant stopAsked = Instant.MIN;
    private volatile boolean ended;

    /** Something to be done at a time. */
    private record Later(Instant when, Runnable task) {}

    /**
     * A cluster that does nothing until {@link #run}.
     *
     * @param output who copies what workers print to a pipe, or null if the program reads it
     */
    Supervisor(Definition definition, Program program, Observer observer, @Nullable Console output) throws IOException {
        this.definition = definition;
        this.observer = observer;
        this.links = new LinkServers(this);
        this.workshop = new Workshop(definition, program, links, output);
        this.listeners = new Listeners(this, observer);
    }

    /** A cluster of a program that takes its workers' messages and reads their pipes itself. */
    public static Supervisor of(Definition definition, Observer observer) throws IOException {
        Primary.requireSupported();
        var program = definition.command().isEmpty() ? Program.own(definition) : Program.of(definition);
        return new Supervisor(definition, program, observer, null);
    }

    /**
     * Runs the cluster until {@link #finish} and no worker is left. Blocks.
     *
     * @return the worst exit status of its slots
     */
    public int run() throws InterruptedException {
        try (links) {
            step(new Tick());
            while (!finishing || !slots.values().stream().allMatch(Done.class::isInstance)) {
                var task = tasks.poll(untilNext().toNanos(), TimeUnit.NANOSECONDS);
                if (task != null) {
                    runSafely(task);
                }
                runDue();
                listeners.table().mendFiles();
                step(new Tick());
            }
        } finally {
            listeners.table().close();
            ended = true;
            runLeft();
        }
        return slots.values().stream()
                .mapToInt(state -> ((Done) state).status())
                .max()
                .orElse(0);
    }

    /** A mistake in handling one worker's message must not end all the others. */
    private void runSafely(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            observer.say("a mistake of netcluster's own, please report it: " + e);
        }
    }

    /** Whoever comes too late gets an answer all the same: nothing waits for a supervisor that has ended. */
    private synchronized void runLeft() {
        for (var task = tasks.poll(); task != null; task = tasks.poll()) {
            runSafely(task);
        }
    }

    private Duration untilNext() {
        var now = Instant.now();
        var next = now.plus(listeners.table().hasFiles() ? FILE_CHECK : IDLE);
        for (var slot : slots.entrySet()) {
            next = slot.getValue()
                    .nextTick(rules(slot.getKey()))
                    .filter(next::isAfter)
                    .orElse(next);
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

    /** Adds a slot whose first worker is started when the cluster runs. Any thread. */
    public void add(Settings how) {
        submit(() -> {
            int slot = freeSlot();
            settings.put(slot, how);
            slots.put(slot, new Backoff(Instant.MIN, 0));
        });
    }

    /**
     * Starts a worker in the lowest slot that has none. Any thread; blocks until its process runs, and keeps an interrupt
     * for later.
     *
     * @throws IOException if its process cannot be started
     * @throws IllegalStateException if the cluster has been closed
     */
    public Worker fork(Settings how) throws IOException {
        var forked = new CompletableFuture<Worker>();
        submit(() -> {
            try {
                forked.complete(startFirst(how));
            } catch (IOException | RuntimeException e) {
                forked.completeExceptionally(e);
            }
        });
        return resultOf(forked);
    }

    private static <T> T resultOf(CompletableFuture<T> future) throws IOException {
        try {
            return future.join(); // which no interrupt ends
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case IOException io -> throw io;
                case RuntimeException wrong -> throw wrong;
                case null, default -> throw new AssertionError(e);
            }
        }
    }

    private Worker startFirst(Settings how) throws IOException {
        if (finishing || ended) {
            throw new IllegalStateException("the cluster " + definition.name() + " has been closed");
        }
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

    /** Lets a worker finish what it has accepted, and end; a worker that has ended is no error. Any thread. */
    public void drain(Worker worker, Duration deadline) {
        submit(() -> {
            if (workers.get(worker.slot()) == worker) {
                drain(worker.slot(), deadline);
            }
        });
    }

    /** Lets all workers finish what they have accepted, and end. Any thread. */
    public void drainAll(Duration deadline) {
        submit(() -> slots.keySet().forEach(slot -> drain(slot, deadline)));
    }

    /** The worker keeps the deadline by itself; only then is it reminded. */
    private void drain(int slot, Duration deadline) {
        step(slot, new SlotState.Drain(Instant.now().plus(bounded(deadline)).plus(REMINDER)));
    }

    private static Duration bounded(Duration given) {
        return given.compareTo(FOR_EVER) < 0 ? given : FOR_EVER;
    }

    /** Ends all workers at once. Any thread. */
    public void killAll() {
        submit(() -> step(new Kill()));
    }

    /** Sends a signal to a worker; one that has ended is no error. Any thread. */
    public void signal(Worker worker, int signal) {
        submit(() -> {
            if (workers.get(worker.slot()) == worker) {
                worker.signal(signal);
            }
        });
    }

    /** Lets {@link #run} return when the last worker has ended; none can be forked from now on. Any thread. */
    public void finish() {
        submit(() -> finishing = true);
    }

    /** Begins an orderly stop; asked again, a moment later, it ends the workers at once. Any thread. */
    void stop(String why) {
        var asked = Instant.now();
        submit(() -> {
            if (stopping && asked.isBefore(stopAsked.plus(ONE_REQUEST))) {
                return;
            }
            if (stopping) {
                observer.say(why + " again: killing what is left");
                step(new Kill());
            } else {
                stopping = true;
                stopAsked = asked;
                observer.stopping();
                var timeout = definition.settings().stopTimeout();
                observer.say(why + ": stopping " + workers.size() + " workers, within " + timeout.toSeconds() + " s");
                step(new Stop(Instant.now().plus(timeout)));
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

    /** Removes what the cluster has in the file system; for a JVM that ends. Any thread. */
    public void abandon() {
        links.close();
    }

    private void submit(Runnable task) {
        boolean interrupted = false;
        while (true) {
            try {
                put(task);
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void put(Runnable task) throws InterruptedException {
        tasks.put(task);
        if (ended) {
            runLeft();
        }
    }

    @Override
    public boolean greeted(WorkerLink link, Hello hello) throws InterruptedException {
        var accepted = new CompletableFuture<Boolean>();
        put(() -> accepted.complete(accept(link, hello)));
        return accepted.join();
    }

    @Override
    public @Nullable MessageChannel attaching(WorkerLink link, Attach attach) throws InterruptedException {
        var found = new CompletableFuture<@Nullable MessageChannel>();
        put(() -> found.complete(channelFor(link, attach)));
        return found.join();
    }

    @Override
    public void received(WorkerLink link, Received received) throws InterruptedException {
        put(() -> listeners.handle(workerOf(link), link, received));
    }

    @Override
    public void ended(WorkerLink link, @Nullable String why) throws InterruptedException {
        put(() -> {
            var worker = workerOf(link);
            if (worker != null) {
                disconnected(worker);
            }
            if (why != null && !stopping) {
                observer.say("closed the link of process " + link.peer().pid() + ": " + why);
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
                observer.online(worker);
                step(worker.slot(), new Online());
                drainNow(worker.slot());
                return true;
            }
        }
        return false;
    }

    private void disconnected(Worker worker) {
        worker.link(null);
        observer.disconnected(worker);
    }

    /** A worker's second connection is for messages, if this cluster's program takes any. */
    private @Nullable MessageChannel channelFor(WorkerLink link, Attach attach) {
        for (var worker : workers.values()) {
            var first = worker.link();
            if (worker.id() == attach.worker()
                    && first != null
                    && first.peer().pid() == link.peer().pid()
                    && worker.hasToken(attach.token())) {
                return worker.channel();
            }
        }
        return null;
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

    /** A worker has opened a listener: for its slot that can be readiness. */
    void opened(Worker worker) {
        listens = true;
        step(worker.slot(), new Listening());
    }

    /** A worker's program says that it is ready. */
    void saidReady(Worker worker) {
        step(worker.slot(), new SaidReady());
    }

    /** A worker's program asks to be drained. */
    void askedToDrain(Worker worker, Duration deadline) {
        drain(worker.slot(), deadline);
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
                case RELEASE -> listeners.table().releaseAll(slot);
            }
        }
        if (step.state() instanceof Ready && !(before instanceof Ready)) {
            observer.ready(worker(slot));
        }
        if (before instanceof Backoff && step.state().isVacant()) {
            observer.vacant(slot);
        }
    }

    /** A worker whose program has not begun yet is told when it comes. */
    private void drainNow(int slot) {
        if (state(slot) instanceof Draining draining) {
            worker(slot)
                    .drain(Duration.between(Instant.now(), draining.deadline().minus(REMINDER)));
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
        return workshop.start(slot, how, forked, (worker, status) -> submit(() -> exited(worker, status)));
    }

    private void exited(Worker worker, int status) {
        int slot = worker.slot();
        workers.remove(slot);
        links.forget(worker.id());
        worker.ended();
        if (worker.link() != null) {
            disconnected(worker); // what its link's thread has yet to see
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
        listeners.table().orphan(slot);
        return state(slot);
    }
}
