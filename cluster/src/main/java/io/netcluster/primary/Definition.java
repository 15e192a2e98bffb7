package io.netcluster.primary;

import io.netcluster.primary.Settings.Orphan;
import io.netcluster.primary.Settings.Readiness;
import io.netcluster.sys.PortRange;
import io.netcluster.wire.PortRule;
import java.io.File;
import java.lang.ProcessBuilder.Redirect;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a cluster runs, and how.
 *
 * @param name the cluster's name, which workers see
 * @param workers how many workers; at least 1 if heaps are fitted
 * @param command what was asked to be run: a jar, java options and a class, or a program; empty for
 *     what this process runs itself
 * @param restart when a worker is started again
 * @param stopTimeout how long workers may take to stop
 * @param own ports that are each worker's own
 * @param port0 what port 0 means, rule by rule
 * @param port0Range where port 0's ports are to be, or null for the system's range
 * @param fit whether the workers' heaps are to be fitted to one machine
 */
public record Definition(
        String name,
        int workers,
        List<String> command,
        RestartPolicy restart,
        Duration stopTimeout,
        List<PortRange> own,
        List<PortRule> port0,
        @Nullable PortRange port0Range,
        boolean fit) {

    /** How workers are run where nothing else is said: without standard input, and with output that the primary copies. */
    Settings settings() {
        return new Settings(
                Map.of(),
                null,
                List.of(),
                null,
                null,
                Redirect.from(new File("/dev/null")),
                Redirect.PIPE,
                Redirect.PIPE,
                restart,
                stopTimeout,
                Readiness.LISTENING,
                orphan());
    }

    /** What the environment says of workers whose primary is gone. */
    private static Orphan orphan() {
        return switch (System.getenv().getOrDefault("NETCLUSTER_ORPHAN", "")) {
            case "drain" -> Orphan.DRAIN;
            case "stay" -> Orphan.STAY;
            default -> Orphan.TERMINATE;
        };
    }
}
