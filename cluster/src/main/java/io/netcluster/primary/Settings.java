package io.netcluster.primary;

import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How the workers of one slot are run.
 *
 * @param environment what is added to the primary's environment
 * @param arguments the program's arguments, in place of those of the cluster's command; null for these
 * @param jvmOptions options for the worker's JVM, after the command's own
 * @param directory the working directory, or null for the primary's
 * @param user who the worker runs as, or null for the primary's user
 * @param stdin where standard input comes from
 * @param stdout where standard output goes; {@link Redirect#PIPE} for the primary
 * @param stderr where standard error goes
 * @param restart when a worker that has ended is started again
 * @param stopTimeout how long a worker may take to end once it has been asked
 * @param readiness what makes a worker ready
 * @param orphan what a worker does when its primary is gone
 */
public record Settings(
        Map<String, String> environment,
        @Nullable List<String> arguments,
        List<String> jvmOptions,
        @Nullable Path directory,
        @Nullable User user,
        Redirect stdin,
        Redirect stdout,
        Redirect stderr,
        RestartPolicy restart,
        Duration stopTimeout,
        Readiness readiness,
        Orphan orphan) {

    /** A user and a group, by number. */
    public record User(int uid, int gid) {}

    /** What makes a worker ready. */
    public enum Readiness {
        /** Its first listener; without any in the whole cluster, to have lived for a second. */
        LISTENING,
        /** That the program says so. */
        EXPLICIT
    }

    /** What a worker does when its primary is gone. */
    public enum Orphan {
        /** Ends as on SIGTERM. */
        TERMINATE,
        /** Finishes what it has accepted, and exits with 0. */
        DRAIN,
        /** Serves on, alone. */
        STAY
    }

    /** The same but for what is changed in a draft of it. */
    public Settings with(Consumer<Draft> change) {
        var draft = new Draft(this);
        change.accept(draft);
        return draft.settings();
    }

    /** Settings that are being changed. */
    public static final class Draft {
        public Map<String, String> environment;
        public @Nullable List<String> arguments;
        public List<String> jvmOptions;
        public @Nullable Path directory;
        public @Nullable User user;
        public Redirect stdin;
        public Redirect stdout;
        public Redirect stderr;
        public RestartPolicy restart;
        public Duration stopTimeout;
        public Readiness readiness;
        public Orphan orphan;

        private Draft(Settings from) {
            environment = from.environment;
            arguments = from.arguments;
            jvmOptions = from.jvmOptions;
            directory = from.directory;
            user = from.user;
            stdin = from.stdin;
            stdout = from.stdout;
            stderr = from.stderr;
            restart = from.restart;
            stopTimeout = from.stopTimeout;
            readiness = from.readiness;
            orphan = from.orphan;
        }

        private Settings settings() {
            return new Settings(
                    environment,
                    arguments,
                    jvmOptions,
                    directory,
                    user,
                    stdin,
                    stdout,
                    stderr,
                    restart,
                    stopTimeout,
                    readiness,
                    orphan);
        }
    }
}
