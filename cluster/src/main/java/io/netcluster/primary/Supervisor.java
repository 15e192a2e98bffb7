package io.netcluster.primary;

import io.netcluster.wire.Frames.Received;
import io.netcluster.wire.Message.Attach;
import io.netcluster.wire.Message.Hello;
import io.netcluster.wire.MessageChannel;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The one thread that owns the cluster's state: slots, workers and listeners.
 *
 * <p>Everybody else asks it, and puts a task into its agenda for that.
 */
public final class Supervisor implements LinkServer.Receiver {
    private static final Duration IDLE = Duration.ofHours(1);
    /** Who signals a process and its group, as timeout(1) does, makes one request. */
    private static final Duration ONE_REQUEST = Duration.ofMillis(200);

    /** How long workers that are ready may take to open what has been kept for them. */
    private static final Duration CLAIM = Duration.ofSeconds(10);

    private static final Duration FILE_CHECK = Duration.ofSeconds(1);

    private final Definition definition;
    private final Observer observer;
    private final Agenda agenda;
    private final LinkServers links;
    private final ListenerTable table;
    private final Slots slots;
    private final Changes changes;
    private final LimitKeeper limits;
    private final Adoption adoption;
    private final Training training;
    private final Conversation conversation;
    private final StoredListeners store;
    private final SystemdReports reports;
    private final Legacy legacy;
    private boolean stopping;
    private Instant stopAsked = Instant.MIN;

    /**
     * A cluster that does nothing until {@link #run}.
     *
     * @param output who copies what workers print to a pipe, or null if the program reads it
     * @param home the cluster's directories, where workers may be left; or null if it has no name
     * @param environment what the service manager has said to this process; nothing if it is not the cluster's
     * @throws CannotStartException if there is something there that a primary of this user has not left
     */
    Supervisor(
            Definition definition,
            Program program,
            Observer observer,
            @Nullable Console output,
            @Nullable ClusterHome home,
            Map<String, String> environment)
            throws IOException {
        this.definition = definition;
        this.observer = observer;
        this.agenda = new Agenda(observer::say);
        this.legacy = new Legacy(home, this::state, observer::say);
        this.links = new LinkServers(this, home);
        var systemd = new NotifySocket(environment, observer::say);
        this.store = new StoredListeners(systemd);
        this.table = new ListenerTable(definition.port0Range(), store);
        var workshop = new Workshop(definition.name(), links, output, legacy::save);
        this.slots = new Slots(agenda, workshop, table, observer);
        this.training = new Training(slots, workshop, observer, agenda);
        this.changes = new Changes(slots, observer, this.definition, program);
        this.reports = new SystemdReports(environment, systemd, slots, changes, this::releaseUnclaimedSoon);
        this.limits = new LimitKeeper(slots, changes, observer);
        this.adoption = new Adoption(slots, workshop, observer);
        this.conversation = new Conversation(slots, new Listeners(slots, table, observer), observer, adoption);
    }

    /** A cluster of a program that takes its workers' messages and reads their pipes itself. */
    public static Supervisor of(Definition definition, Observer observer) throws IOException {
        Primary.requireSupported();
        var program = definition.command().isEmpty() ? Program.own(definition) : Program.of(definition);
        return new Supervisor(definition, program, observer, null, null, Map.of());
    }

    /**
     * Runs the cluster until {@link #finish} and no worker is left. Blocks.
     *
     * @return the worst exit status of its slots
     */
    public int run() throws InterruptedException {
        try (links;
                var _ = keepLogs()) {
            adopt();
            slots.tick();
            changes.step();
            legacy.save();
            while (!slots.areOver()) {
                reports.report(stopping);
                var now = Instant.now();
                var latest = Collections.min(
                        List.of(now.plus(table.hasFiles() ? FILE_CHECK : IDLE), now.plus(reports.patience())));
                agenda.next(limits.nextStep(slots.nextTick(latest)));
                table.mendFiles();
                slots.tick();
                changes.step();
                if (!stopping) {
                    limits.step();
                }
                training.step(changes.plan(), stopping || changes.underWay() != null);
                legacy.save();
            }
            legacy.remove();
        } finally {
            reports.report(stopping);
            table.close();
            slots.finish();
            agenda.end();
        }
        return slots.seats().status();
    }

    /**
     * Listens on what the service manager has opened; to be called before {@link #run}.
     *
     * @param sockets which are the cluster's from now on
     */
    void serve(InheritedSockets sockets) {
        sockets.listen(table, store, observer::say);
    }

    private void releaseUnclaimedSoon() {
        agenda.at(Instant.now().plus(CLAIM), table::releaseUnclaimed);
    }

    /** The service manager has asked for a reload, which has begun by now, or failed. Any thread. */
    void reloadAsked() {
        agenda.submit(reports::reloadAsked);
    }

    private @Nullable LogKeeper keepLogs() {
        var directory = definition.settings().logs();
        return directory == null ? null : LogKeeper.start(directory, agenda, slots, changes, observer);
    }

    /** Takes over what the primary before this one has left. Nothing else begins before that is done. */
    private void adopt() throws InterruptedException {
        changes.countFrom(legacy.inherited().generation());
        adoption.begin(legacy.inherited(), changes::plan, definition.settings());
        while (!adoption.isDue()) {
            agenda.next(adoption.deadline());
        }
        adoption.end();
    }

    private SavedState state() {
        return new SavedState(
                changes.generation(),
                changes.number(),
                slots.lastId(),
                slots.seats().saved());
    }

    /** Makes it as many slots as there were when the primary before this one died, if workers have been adopted, or so many. */
    void fill(int workers) {
        agenda.submit(() -> changes.fill(
                slots.workers().isEmpty() ? workers : legacy.inherited().slots()));
    }

    // ------------------------------------------------------------------ for the program, by any thread

    /**
     * Starts a worker in the lowest slot that has none. Blocks until its process runs, and keeps an interrupt for later.
     *
     * @param known finds what the caller knows the worker as; called on the supervisor's thread, where the worker's end
     *     cannot have been observed yet
     * @throws IOException if its process cannot be started
     * @throws IllegalStateException if the cluster has been closed
     */
    public <T> T fork(Settings how, Function<Worker, T> known) throws IOException {
        var forked = new CompletableFuture<T>();
        agenda.submit(() -> {
            try {
                if (slots.isFinishing()) {
                    throw new IllegalStateException("the cluster " + definition.name() + " has been closed");
                }
                forked.complete(known.apply(slots.fork(changes.plan(how))));
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

    /** Lets a worker finish what it has accepted, and end; a worker that has ended is no error. */
    public void drain(Worker worker, Duration deadline) {
        agenda.submit(() -> {
            if (slots.have(worker)) {
                slots.drain(worker, deadline);
            }
        });
    }

    /** Lets all workers finish what they have accepted, and end. */
    public void drainAll(Duration deadline) {
        agenda.submit(() -> slots.drainAll(deadline));
    }

    // ------------------------------------------------------------------ changes, by any thread

    /**
     * Replaces every worker, slot by slot and without losing a connection, by one that runs what the definition says: it is
     * started first, and when it is ready the old one finishes what it has accepted. If one does not become ready, or dies,
     * the reload has failed: the old worker stays, and the slots that had not been begun are left alone.
     *
     * @param parallel how many slots at once, from 1 on
     * @return what has become of it; refused, if another change is in progress
     */
    public CompletableFuture<ChangeResult> reload(Definition next, int parallel) {
        return change(result -> changes.reload(next, parallel, result));
    }

    /** As {@link #reload}, where nothing but the program's own files has changed. */
    public CompletableFuture<ChangeResult> reload(int parallel) {
        return change(result -> changes.renew(Rollout.Order.START_FIRST, parallel, result));
    }

    /**
     * Ends and starts every worker, slot by slot: its replacement is started when it has ended. Connections wait meanwhile,
     * or reach other workers.
     */
    public CompletableFuture<ChangeResult> restart(int parallel) {
        return change(result -> changes.renew(Rollout.Order.STOP_FIRST, parallel, result));
    }

    /** Makes it so many workers; done when those that are added are ready, while those that are not wanted finish. */
    public CompletableFuture<ChangeResult> scale(int workers) {
        return change(result -> changes.scale(workers, result));
    }

    /** Makes it so many workers more, or fewer. */
    public CompletableFuture<ChangeResult> scaleBy(int more) {
        return change(result -> changes.scale(Math.max(0, changes.number() + more), result));
    }

    private CompletableFuture<ChangeResult> change(Consumer<CompletableFuture<ChangeResult>> begin) {
        var result = new CompletableFuture<ChangeResult>();
        agenda.submit(() -> {
            if (stopping) {
                result.complete(new ChangeResult.Refused("the cluster is stopping"));
            } else {
                begin.accept(result);
            }
        });
        return result;
    }

    /**
     * What the cluster is doing now. Blocks until the supervisor has told. How full a heap is is what its worker has said
     * when it was asked before; it is asked anew.
     */
    public ClusterStatus status() {
        var told = new CompletableFuture<ClusterStatus>();
        agenda.submit(() -> {
            told.complete(changes.status());
            slots.seats().workers().forEach(Worker::ping);
        });
        return told.join();
    }

    // ------------------------------------------------------------------ the end, by any thread

    /** Ends all workers at once. */
    public void killAll() {
        agenda.submit(slots::killAll);
    }

    /** Sends a signal to a worker; one that has ended is no error. */
    public void signal(Worker worker, int signal) {
        agenda.submit(() -> {
            if (slots.have(worker)) {
                worker.signal(signal);
            }
        });
    }

    /** Lets {@link #run} return when the last worker has ended; none can be forked from now on. */
    public void finish() {
        agenda.submit(slots::finish);
    }

    /** Removes what the cluster has in the file system; for a JVM that ends. */
    public void abandon() {
        links.close();
    }

    // ------------------------------------------------------------------ for signals

    /**
     * Has every worker finish what it has accepted, and end; asked again, a moment later, it ends the workers at once. Any
     * thread.
     *
     * @param why how the line begins that says so
     */
    public void stop(String why) {
        stop(why, slots::drainAndStop);
    }

    /** As {@link #stop(String)}, but connections are cut: the workers get a SIGTERM now. */
    void interrupt(String why) {
        stop(why, slots::stop);
    }

    private void stop(String why, Runnable how) {
        var asked = Instant.now();
        agenda.submit(() -> {
            if (stopping && asked.isBefore(stopAsked.plus(ONE_REQUEST))) {
                return;
            }
            if (stopping) {
                observer.say(why + " again: killing what is left");
                slots.killAll();
                return;
            }
            stopping = true;
            stopAsked = asked;
            observer.stopping();
            changes.cancel("the cluster is stopping");
            slots.finish();
            observer.say(why + ": stopping " + slots.workers().size() + " workers, within "
                    + definition.settings().stopTimeout().toSeconds() + " s");
            how.run();
        });
    }

    /** Passes a signal on to every worker. */
    void forward(int signal) {
        agenda.submit(() -> slots.workers().forEach(worker -> worker.signal(signal)));
    }

    /** Takes orphans that have died out of the process table; their parent is process 1. */
    void reapOrphans() {
        agenda.submit(() -> Orphans.reap(
                slots.workers().stream().map(worker -> worker.process().pid()).toList()));
    }

    // ------------------------------------------------------------------ for the links' threads

    @Override
    public boolean greeted(WorkerLink link, Hello hello) throws InterruptedException {
        var accepted = new CompletableFuture<Boolean>();
        agenda.put(() -> accepted.complete(conversation.greeted(link, hello)));
        return accepted.join();
    }

    @Override
    public @Nullable MessageChannel attaching(WorkerLink link, Attach attach) throws InterruptedException {
        var found = new CompletableFuture<@Nullable MessageChannel>();
        agenda.put(() -> found.complete(conversation.attaching(link, attach)));
        return found.join();
    }

    @Override
    public void received(WorkerLink link, Received received) throws InterruptedException {
        agenda.put(() -> conversation.received(link, received));
    }

    @Override
    public void ended(WorkerLink link, @Nullable String why) throws InterruptedException {
        agenda.put(() -> {
            conversation.ended(link);
            if (why != null && !stopping) {
                observer.say("closed the link of process " + link.peer().pid() + ": " + why);
            }
        });
    }
}
