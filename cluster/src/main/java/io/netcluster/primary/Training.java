package io.netcluster.primary;

import io.netcluster.primary.SlotState.Ready;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Makes the AOT cache that the cluster's next workers start with, if they want one and there is none.
 *
 * <p>A JVM writes it as it ends, of the classes that it has loaded (JEP 514), and that takes seconds. So a worker more than
 * are needed is started beside the others, when those are ready; it serves for a moment, as only a JVM that does what the
 * others do loads what they load, and leaves. The cache is tried before anybody gets it. Confined to the supervisor's
 * thread, but for {@link #finish}.
 */
final class Training {
    /** How long the worker serves that is started for it. */
    private static final Duration STAY = Duration.ofSeconds(5);

    private static final int TRIAL_SECONDS = 30;
    private static final int KEPT = 8; // caches, of which each has some 10 to 100 MB

    private final Slots slots;
    private final Workshop workshop;
    private final Observer observer;
    private final Agenda agenda;
    private int considered; // generation
    private @Nullable Attempt attempt;

    private record Attempt(Path cache, Path part, Plan plan, Seat seat) {}

    Training(Slots slots, Workshop workshop, Observer observer, Agenda agenda) {
        this.slots = slots;
        this.workshop = workshop;
        this.observer = observer;
        this.agenda = agenda;
    }

    /**
     * Begins if there is reason to, or goes on.
     *
     * @param plan how the cluster's workers are run
     * @param busy whether the cluster has something else to do
     */
    void step(Plan plan, boolean busy) {
        var present = attempt;
        if (present != null) {
            if (!slots.seats().all().contains(present.seat)) {
                attempt = null;
                finish(present);
            }
            return;
        }
        boolean wanted = plan.settings().aot() != null && considered < plan.generation();
        if (!wanted || busy || !areReady(plan)) {
            return;
        }
        considered = plan.generation();
        var cache = plan.program().aotCache(plan.settings());
        if (cache.isPresent() && !Files.exists(cache.get())) {
            begin(cache.get(), plan);
        }
    }

    private boolean areReady(Plan plan) {
        var occupants = slots.seats().occupants();
        return !occupants.isEmpty()
                && occupants.stream()
                        .allMatch(seat -> seat.state() instanceof Ready
                                && seat.plan().generation() == plan.generation()
                                && !slots.seats().isChanging(seat.slot()));
    }

    private void begin(Path cache, Plan plan) {
        try {
            Files.createDirectories(
                    Objects.requireNonNull(cache.getParent()),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            var part = cache.resolveSibling(
                    cache.getFileName() + "." + ProcessHandle.current().pid());
            var options = new ArrayList<>(plan.settings().jvmOptions());
            options.addAll(List.of("-XX:AOTCacheOutput=" + part, Workshop.QUIETLY));
            var training = plan.settings().with(draft -> {
                draft.jvmOptions = options;
                draft.aot = null;
            });
            int slot = slots.seats().occupants().getFirst().slot();
            var seat =
                    slots.visit(slot, new Plan(plan.generation(), plan.program(), training), STAY, new Seat.Awaiter() {
                        @Override
                        public void ready() {}

                        @Override
                        public void failed(@Nullable Worker failed, String why) {
                            observer.say("no AOT cache is made: " + why);
                        }
                    });
            attempt = new Attempt(cache, part, plan, seat);
        } catch (IOException e) {
            observer.say("no AOT cache is made: " + e);
        }
    }

    /** The worker has ended: tries what it has written, in a thread of its own. */
    private void finish(Attempt ended) {
        var thread = new Thread(
                () -> {
                    var outcome = tried(ended);
                    agenda.submit(() -> observer.say(outcome));
                },
                "netcluster-aot");
        thread.setDaemon(true);
        thread.start();
    }

    private String tried(Attempt ended) {
        try {
            if (!Files.exists(ended.part)) {
                return "no AOT cache was made: the JVM has written none";
            }
            var trial = new ProcessBuilder(
                            ended.plan.program().trial(ended.plan.settings(), ended.part, workshop.agent()))
                    .redirectInput(Redirect.from(new File("/dev/null")))
                    .redirectErrorStream(true)
                    .redirectOutput(Redirect.DISCARD);
            trial.environment().keySet().removeIf(name -> name.startsWith("NETCLUSTER_"));
            if (ended.plan.settings().directory() != null) {
                trial.directory(ended.plan.settings().directory().toFile());
            }
            var process = trial.start();
            if (!process.waitFor(TRIAL_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            if (process.waitFor() != 0) {
                Files.delete(ended.part);
                return "no AOT cache is used: a JVM with the workers' options refuses it";
            }
            long size = Files.size(ended.part);
            Files.setPosixFilePermissions(ended.part, PosixFilePermissions.fromString("rw-------"));
            Files.move(ended.part, ended.cache, StandardCopyOption.ATOMIC_MOVE);
            sweep(ended.cache);
            return "made an AOT cache of " + size / 1_000_000 + " MB: workers that are started from now on use it";
        } catch (IOException e) {
            return "no AOT cache was made: " + e;
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
    }

    /** Removes the oldest caches of programs that have been replaced; a JVM that has one open keeps it. */
    private static void sweep(Path cache) {
        var files = Objects.requireNonNull(cache.toAbsolutePath().getParent())
                .toFile()
                .listFiles();
        var old = new ArrayList<>(List.of(files == null ? new File[0] : files));
        old.removeIf(file -> !file.getName().endsWith(".aot"));
        old.sort(Comparator.comparingLong(File::lastModified).reversed());
        old.stream().skip(KEPT).forEach(File::delete);
    }
}
