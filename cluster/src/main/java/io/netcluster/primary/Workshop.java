package io.netcluster.primary;

import io.netcluster.wire.MessageChannel;
import java.io.IOException;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/** Makes workers: starts their processes, copies what they print, and waits for their end. */
final class Workshop {
    private static final int TOKEN_BYTES = 32;
    /** What a JVM says of its cache, it says where its program prints. */
    static final String QUIETLY = "-Xlog:aot*=off,cds*=off";

    private static final long LAST_WORDS_MILLIS = 500;

    private final String cluster;
    private final LinkServers links;
    private final @Nullable Console console;
    private final SecureRandom random = new SecureRandom();
    private final Consumer<SavedWorker> starting;
    private long lastId;

    /**
     * For one cluster.
     *
     * @param cluster its name
     * @param console copies what workers print to pipes; null if the primary is a program that takes messages and reads
     *     the pipes itself
     * @param starting is told of each worker that is about to be started
     */
    Workshop(String cluster, LinkServers links, @Nullable Console console, Consumer<SavedWorker> starting) {

        this.cluster = cluster;
        this.links = links;
        this.console = console;
        this.starting = starting;
    }

    /**
     * Starts a worker.
     *
     * @param place by which its own ports are counted
     * @param forked is given the worker before anything can be heard of it
     * @param exited told the worker's exit status, by a thread of its own, once what it said on its link has been handed
     *     on, and what it printed has been copied
     */
    Worker start(int slot, int place, Plan plan, Consumer<Worker> forked, ObjIntConsumer<Worker> exited)
            throws IOException {
        var settings = SlotLogs.redirect(withCache(plan), slot);
        long id = ++lastId;
        var token = HexFormat.of().formatHex(random.generateSeed(TOKEN_BYTES));
        var dialled = links.of(settings.user());
        var environment = new HashMap<>(dialled.environment());
        environment.put("NETCLUSTER_TOKEN", token);
        environment.put(Program.SLOT, String.valueOf(slot));
        environment.put("NETCLUSTER_ID", String.valueOf(id));
        environment.put("NETCLUSTER_GENERATION", String.valueOf(plan.generation()));
        environment.put("NETCLUSTER_NAME", cluster);
        var last = new LastLines(settings);
        var builder = plan.program().process(place, settings, environment);
        starting.accept(SavedWorker.starting(id, slot, place, plan, token));
        var process = new StartedProcess(builder.start());
        var channel = console == null ? new MessageChannel("netcluster-messages-" + id) : null;
        var worker = new Worker(
                id, slot, place, plan, token, process, plan.program().isJava(), Instant.now(), channel, last);
        forked.accept(worker);
        var copying = console == null ? List.<Thread>of() : copy(worker, console, last);
        awaitEnd(worker, dialled, copying, exited);
        return worker;
    }

    /**
     * Takes over a worker that a primary before this one has started.
     *
     * @param exited as for {@link #start}
     */
    Worker adopt(SavedWorker saved, Plan plan, WorkerProcess process, ObjIntConsumer<Worker> exited)
            throws IOException {
        var worker = new Worker(
                saved.id(),
                saved.slot(),
                saved.place(),
                plan,
                saved.token(),
                process,
                saved.java(),
                Instant.ofEpochMilli(saved.started()),
                null,
                new LastLines(SlotLogs.redirect(plan.settings(), saved.slot())));
        awaitEnd(worker, links.of(plan.settings().user()), List.of(), exited);
        return worker;
    }

    /** Workers have had ids up to this one, which are not used again. */
    void countFrom(long id) {
        lastId = id;
    }

    long lastId() {
        return lastId;
    }

    private static void awaitEnd(
            Worker worker, LinkServer dialled, List<Thread> copying, ObjIntConsumer<Worker> exited) {
        spawn("netcluster-wait-" + worker.id(), () -> {
            try {
                int status = status(worker.process());
                worker.terminateSurvivor();
                dialled.hearOut(worker);
                dialled.forget(worker.id());
                // a grandchild that holds the pipes open is not waited for
                for (var thread : copying) {
                    thread.join(LAST_WORDS_MILLIS);
                }
                exited.accept(worker, status);
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts this thread", e);
            }
        });
    }

    private static int status(WorkerProcess process) throws InterruptedException {
        try {
            return process.await();
        } catch (IOException e) {
            return AdoptedProcess.UNKNOWN; // no kernel that runs workers refuses to poll a descriptor
        }
    }

    /** A JVM that has trained its cache, or that finds one, says nothing of it. */
    private static Settings withCache(Plan plan) {
        var cache = plan.program().aotCache(plan.settings()).filter(Files::isReadable);
        if (cache.isEmpty()) {
            return plan.settings();
        }
        var options = new ArrayList<>(plan.settings().jvmOptions());
        options.addAll(List.of("-XX:AOTCache=" + cache.get(), QUIETLY));
        return plan.settings().with(draft -> draft.jvmOptions = options);
    }

    /** The agent's jar, as workers of the primary's own user get it. */
    String agent() throws IOException {
        return Objects.requireNonNull(links.of(null).environment().get(Program.AGENT));
    }

    private static List<Thread> copy(Worker worker, Console console, LastLines last) {
        var process = worker.process();
        return List.of(
                spawn(
                        "netcluster-out-" + worker.id(),
                        () -> console.copy(process.getInputStream(), false, worker.slot(), last)),
                spawn(
                        "netcluster-err-" + worker.id(),
                        () -> console.copy(process.getErrorStream(), true, worker.slot(), last)));
    }

    private static Thread spawn(String name, Runnable task) {
        var thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }
}
