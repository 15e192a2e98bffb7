package io.netcluster.cli;

import io.netcluster.primary.Definition;
import io.netcluster.primary.Limits;
import io.netcluster.primary.LogPolicy;
import io.netcluster.primary.Settings;
import io.netcluster.primary.Settings.Orphan;
import io.netcluster.primary.Settings.Readiness;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes of configurations what the primary goes by.
 *
 * @param orphan what workers do when the primary is gone and the configuration does not say
 * @param logs the directory of the workers' log files, or null if the primary copies what they print
 * @param journal where workers that may outlive the primary print themselves, if it does: a pipe would end with it
 * @param caches the directory of AOT caches, for configurations that want one
 */
record Definitions(Orphan orphan, @Nullable Path logs, JournalStream journal, Path caches) {
    static final String UNNAMED = "netcluster";

    Definition of(Configuration from) {
        var name = from.name();
        return new Definition(
                name == null ? UNNAMED : name,
                from.workers(),
                command(from),
                settings(from),
                from.own(),
                from.port0(),
                from.port0Range(),
                from.fit());
    }

    private Settings settings(Configuration from) {
        return Settings.DEFAULTS.with(draft -> {
            draft.environment = environment(from);
            draft.jvmOptions = from.jvmOptions();
            draft.directory = from.directory();
            draft.restart = from.restart();
            draft.drainTimeout = from.drainTimeout();
            draft.stopTimeout = from.stopTimeout();
            draft.readiness = readiness(from.ready());
            draft.readyTimeout = from.readyTimeout();
            draft.orphan = orphan(from);
            draft.logs = logs;
            if (leavesWorkers(from)) {
                draft.stdout = journal.out() ? Redirect.INHERIT : draft.stdout;
                draft.stderr = journal.err() ? Redirect.INHERIT : draft.stderr;
                draft.journal = journal.out() && journal.err() ? journal.cat() : null;
            }
            draft.logPolicy = policy(from.logs());
            draft.limits = limits(from.limits());
            draft.aot = from.aot() ? caches : null;
        });
    }

    private static LogPolicy policy(Configuration.Logs logs) {
        return new LogPolicy(
                logs.maxSize(), logs.maxAge(), logs.keep(), logs.keepFor(), logs.compress(), logs.maxTotal());
    }

    private static Limits limits(Configuration.Limits limits) {
        var heap = limits.heap();
        return new Limits(
                limits.rss(),
                heap == null ? null : new Limits.Heap(heap.amount(), heap.percent()),
                limits.age(),
                limits.schedule(),
                limits.hangTimeout());
    }

    private static Map<String, String> environment(Configuration from) {
        var environment = new HashMap<>(from.environment());
        if (from.orphanAfter().isPositive()) {
            environment.put(
                    "NETCLUSTER_ORPHAN_AFTER",
                    String.valueOf(from.orphanAfter().plusMillis(999).toSeconds()));
        }
        return environment;
    }

    /** Whether workers wait for another primary when theirs is gone. */
    boolean leavesWorkers(Configuration from) {
        return orphan(from) == Orphan.KEEP
                || (orphan(from) == Orphan.DRAIN && from.orphanAfter().isPositive());
    }

    /** Without a name there will be no other primary to wait for. */
    private Orphan orphan(Configuration from) {
        var asked = from.orphan() == null ? orphan : from.orphan();
        return asked == Orphan.KEEP && from.name() == null ? Orphan.STAY : asked;
    }

    private static Readiness readiness(Configuration.Ready ready) {
        return switch (ready) {
            case Configuration.Ready.Listening _ -> Readiness.LISTENING;
            case Configuration.Ready.AllListeners _ -> new Readiness.AllListeners();
            case Configuration.Ready.Explicit _ -> Readiness.EXPLICIT;
            case Configuration.Ready.Probe probe -> new Readiness.Probe(probe.where());
        };
    }

    /** A jar, a source file or a program that is given by its path is where workers work, not where the primary does. */
    private static List<String> command(Configuration from) {
        var command = new ArrayList<>(from.command());
        var first = command.getFirst();
        boolean path = first.endsWith(".jar") || first.endsWith(".java") || first.contains("/");
        if (path && !first.startsWith("-") && !first.startsWith("@")) {
            command.set(0, from.directory().resolve(first).toString());
        }
        return List.copyOf(command);
    }
}
