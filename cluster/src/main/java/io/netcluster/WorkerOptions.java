package io.netcluster;

import io.netcluster.primary.RestartPolicy;
import io.netcluster.primary.Settings;
import io.netcluster.primary.Settings.Orphan;
import io.netcluster.primary.Settings.Readiness;
import io.netcluster.primary.Settings.User;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * How a worker is run. Immutable: each method returns another one that differs in what it says.
 *
 * <p>A worker runs the cluster's command in the primary's working directory, environment and user; it reads nothing from
 * standard input, and prints where the primary prints. When it ends nobody starts it again.
 */
public final class WorkerOptions {
    private static final WorkerOptions DEFAULTS = new WorkerOptions(Settings.DEFAULTS.with(draft -> {
        draft.stdout = Redirect.INHERIT;
        draft.stderr = Redirect.INHERIT;
        draft.restart = RestartPolicy.NEVER;
        draft.mostDeaths = Integer.MAX_VALUE;
        draft.orphan = Orphan.DRAIN;
    }));

    private final Settings settings;

    private WorkerOptions(Settings settings) {
        this.settings = settings;
    }

    /** What is described above. */
    public static WorkerOptions defaults() {
        return DEFAULTS;
    }

    Settings settings() {
        return settings;
    }

    private WorkerOptions with(Consumer<Settings.Draft> change) {
        return new WorkerOptions(settings.with(change));
    }

    /** With a variable added to the environment, or replaced there. */
    public WorkerOptions environment(String name, String value) {
        var all = new HashMap<>(settings.environment());
        all.put(name, value);
        return with(draft -> draft.environment = Map.copyOf(all));
    }

    /** With these arguments for the program's main, in place of those in the cluster's command. */
    public WorkerOptions arguments(String... arguments) {
        return with(draft -> draft.arguments = List.of(arguments));
    }

    /** With these options for the worker's JVM, after those in the cluster's command and those added before. */
    public WorkerOptions jvmOptions(String... options) {
        var all = new ArrayList<>(settings.jvmOptions());
        all.addAll(List.of(options));
        return with(draft -> draft.jvmOptions = List.copyOf(all));
    }

    /** In another working directory. */
    public WorkerOptions directory(Path directory) {
        return with(draft -> draft.directory = directory);
    }

    /** As another user and group, by number, and no other groups; the primary must be root's. */
    public WorkerOptions user(int uid, int gid) {
        return with(draft -> draft.user = new User(uid, gid));
    }

    /** With standard input from elsewhere; {@link Redirect#PIPE} is {@link Worker#stdin}. */
    public WorkerOptions stdin(Redirect source) {
        return with(draft -> draft.stdin = source);
    }

    /** With standard output to elsewhere; {@link Redirect#PIPE} is {@link Worker#stdout}, to be read, or it fills up. */
    public WorkerOptions stdout(Redirect destination) {
        return with(draft -> draft.stdout = destination);
    }

    /** With standard error to elsewhere; {@link Redirect#PIPE} is {@link Worker#stderr}, to be read, or it fills up. */
    public WorkerOptions stderr(Redirect destination) {
        return with(draft -> draft.stderr = destination);
    }

    /**
     * Started again when it has ended: at once if it had been ready, else after 1 s, 1.5 s … 30 s. Until then what waits
     * at its listeners waits.
     */
    public WorkerOptions restart(Restart restart) {
        return with(draft -> draft.restart = switch (restart) {
            case NEVER -> RestartPolicy.NEVER;
            case ON_FAILURE -> RestartPolicy.ON_FAILURE;
            case ALWAYS -> RestartPolicy.ALWAYS;
        });
    }

    /** With another time than 30 s between the SIGTERM to a worker that has not drained in time, and SIGKILL. */
    public WorkerOptions stopTimeout(Duration timeout) {
        return with(draft -> draft.stopTimeout = timeout);
    }

    /** With another time than 60 s to be ready, once it has been started to replace another. */
    public WorkerOptions readyTimeout(Duration timeout) {
        return with(draft -> draft.readyTimeout = timeout);
    }

    /** Ready when its program calls {@link ThisWorker#ready}, and not by its first listener, nor by having lived. */
    public WorkerOptions explicitReadiness() {
        return with(draft -> draft.readiness = Readiness.EXPLICIT);
    }

    /** With this to do when its primary is gone; {@link WhenPrimaryDies#DRAIN} if nothing is said. */
    public WorkerOptions whenPrimaryDies(WhenPrimaryDies then) {
        return with(draft -> draft.orphan = switch (then) {
            case DRAIN -> Orphan.DRAIN;
            case STAY -> Orphan.STAY;
        });
    }
}
