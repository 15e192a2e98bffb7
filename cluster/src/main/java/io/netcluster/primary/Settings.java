package io.netcluster.primary;

import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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
}
