package io.netcluster.primary;

import java.io.File;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
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
 * @param journal the {@code systemd-cat} by which both go to a stream of the journal's instead, which has the cluster's name
 *     and the slot as its identifier; or null
 * @param restart when a worker that has ended is started again
 * @param mostDeaths after how many deaths in a row before readiness a worker is not started again
 * @param drainTimeout how long a worker that is replaced may take to finish what it has accepted
 * @param stopTimeout how long a worker may take to end once it has been asked
 * @param readiness what makes a worker ready
 * @param readyTimeout how long a worker that is to replace another may take to be ready
 * @param orphan what a worker does when its primary is gone
 * @param logs the directory of the files that workers print to, in place of stdout and stderr; or null, see
 *     {@link SlotLogs}
 * @param aot where AOT caches are made and looked for, or null if none are
 * @param logPolicy how the files in {@code logs} are kept; that of the cluster's own settings counts for all
 * @param limits beyond which a worker is replaced
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
        @Nullable Path journal,
        RestartPolicy restart,
        int mostDeaths,
        Duration drainTimeout,
        Duration stopTimeout,
        Readiness readiness,
        Duration readyTimeout,
        Orphan orphan,
        @Nullable Path logs,
        @Nullable Path aot,
        LogPolicy logPolicy,
        Limits limits) {

    /** How the command's workers are run: without standard input, and with output that the primary copies. */
    public static final Settings DEFAULTS = new Settings(
            Map.of(),
            null,
            List.of(),
            null,
            null,
            Redirect.from(new File("/dev/null")),
            Redirect.PIPE,
            Redirect.PIPE,
            null,
            RestartPolicy.ON_FAILURE,
            16,
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Readiness.LISTENING,
            Duration.ofSeconds(60),
            Orphan.TERMINATE,
            null,
            null,
            LogPolicy.DEFAULTS,
            Limits.NONE);

    /** A user and a group, by number. */
    public record User(int uid, int gid) {}

    /** What makes a worker ready. That its program says so always does. */
    public sealed interface Readiness {
        /** Its first listener; without any in the whole cluster, to have lived for a second. */
        Readiness LISTENING = new FirstListener();

        /** That the program says so. */
        Readiness EXPLICIT = new Explicit();

        /** See {@link #LISTENING}. */
        record FirstListener() implements Readiness {}

        /** All listeners that its predecessor has; without a predecessor, its first listener. */
        record AllListeners() implements Readiness {}

        /** See {@link #EXPLICIT}. */
        record Explicit() implements Readiness {}

        /**
         * That it answers.
         *
         * @param target {@code tcp://host:port}, where it is to accept a connection, or {@code http://host:port/path},
         *     which it is to answer with 200 to 399
         */
        record Probe(URI target) implements Readiness {}
    }

    /** What a worker does when its primary is gone. */
    public enum Orphan {
        /** Ends as on SIGTERM. */
        TERMINATE,
        /** Finishes what it has accepted, and exits with 0. */
        DRAIN,
        /** Serves on, alone. */
        STAY,
        /** Serves on, and dials until there is another primary; in a cluster that has a name. */
        KEEP;

        /** What the environment says. */
        public static Orphan ofEnvironment() {
            return switch (System.getenv().getOrDefault("NETCLUSTER_ORPHAN", "")) {
                case "drain" -> DRAIN;
                case "stay" -> STAY;
                default -> TERMINATE;
            };
        }
    }

    /** A longer time than this cannot be told from it, and could not be added to the present. */
    private static final Duration FOR_EVER = Duration.ofDays(365_000);

    /** A time that can be added to the present. */
    static Duration bounded(Duration given) {
        return given.compareTo(FOR_EVER) < 0 ? given : FOR_EVER;
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
        public @Nullable Path journal;
        public RestartPolicy restart;
        public int mostDeaths;
        public Duration drainTimeout;
        public Duration stopTimeout;
        public Readiness readiness;
        public Duration readyTimeout;
        public Orphan orphan;
        public @Nullable Path logs;
        public @Nullable Path aot;
        public LogPolicy logPolicy;
        public Limits limits;

        private Draft(Settings from) {
            environment = from.environment;
            arguments = from.arguments;
            jvmOptions = from.jvmOptions;
            directory = from.directory;
            user = from.user;
            stdin = from.stdin;
            stdout = from.stdout;
            stderr = from.stderr;
            journal = from.journal;
            restart = from.restart;
            mostDeaths = from.mostDeaths;
            drainTimeout = from.drainTimeout;
            stopTimeout = from.stopTimeout;
            readiness = from.readiness;
            readyTimeout = from.readyTimeout;
            orphan = from.orphan;
            logs = from.logs;
            aot = from.aot;
            logPolicy = from.logPolicy;
            limits = from.limits;
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
                    journal,
                    restart,
                    mostDeaths,
                    drainTimeout,
                    stopTimeout,
                    readiness,
                    readyTimeout,
                    orphan,
                    logs,
                    aot,
                    logPolicy,
                    limits);
        }
    }
}
