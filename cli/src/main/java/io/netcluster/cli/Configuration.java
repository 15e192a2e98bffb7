package io.netcluster.cli;

import io.netcluster.primary.RestartPolicy;
import io.netcluster.primary.Settings.Orphan;
import io.netcluster.sys.PortRange;
import io.netcluster.wire.PortRule;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a definition file and the command line say of a cluster, checked and complete: what neither says has its default.
 *
 * @param name the cluster's name, or null if nothing names it
 * @param command what is run
 * @param workers how many workers
 * @param directory where workers work; absolute
 * @param environment what is added to the primary's environment
 * @param jvmOptions options for the workers' JVMs, behind the command's own
 * @param restart when a worker is started again
 * @param stopTimeout how long a worker may take to end once it has been sent SIGTERM
 * @param drainTimeout how long a worker may take, before that, to finish what it has accepted
 * @param ready what makes a worker ready
 * @param readyTimeout how long it may take to be
 * @param parallel how many slots a reload replaces at a time
 * @param own ports that are each worker's own
 * @param port0 what port 0 means, rule by rule
 * @param port0Range where port 0's ports are to be, or null for the system's range
 * @param fit whether the workers' heaps are to be fitted to one machine
 * @param orphan what a worker does when its primary is gone, or null for what the command has for a default
 * @param orphanAfter how long a worker waits for a new primary before it does that
 * @param limits what a worker may use up before it is replaced
 * @param logs how a background cluster's log files are kept
 * @param aot whether an AOT cache is to be trained and used
 */
record Configuration(
        @Nullable String name,
        List<String> command,
        int workers,
        Path directory,
        Map<String, String> environment,
        List<String> jvmOptions,
        RestartPolicy restart,
        Duration stopTimeout,
        Duration drainTimeout,
        Ready ready,
        Duration readyTimeout,
        int parallel,
        List<PortRange> own,
        List<PortRule> port0,
        @Nullable PortRange port0Range,
        boolean fit,
        @Nullable Orphan orphan,
        Duration orphanAfter,
        Limits limits,
        Logs logs,
        boolean aot) {

    /** What makes a worker ready. */
    sealed interface Ready {
        /** Its first listener. */
        record Listening() implements Ready {}

        /** All listeners that its predecessor had. */
        record AllListeners() implements Ready {}

        /** That its program says so. */
        record Explicit() implements Ready {}

        /** That what is at {@code tcp://host:port} takes a connection, or at {@code http://host:port/path} answers 2xx. */
        record Probe(URI where) implements Ready {}
    }

    /**
     * What a worker may use up before it is replaced; null for no limit.
     *
     * @param rss resident memory, in bytes
     * @param heap used heap
     * @param age since its start
     * @param schedule when it is replaced in any case
     * @param hangTimeout how long it may give no sign of life
     */
    record Limits(
            @Nullable Long rss,
            @Nullable Heap heap,
            @Nullable Duration age,
            @Nullable Schedule schedule,
            @Nullable Duration hangTimeout) {}

    /** An amount of heap: of bytes, or of hundredths of its maximum. */
    record Heap(long amount, boolean percent) {}

    /**
     * How log files are kept.
     *
     * @param maxSize a file that is larger is rotated; in bytes
     * @param maxAge a file that is older is rotated; null for any age
     * @param keep how many rotated files a worker's stream has
     * @param keepFor how long; null for any time
     * @param compress whether rotated files are compressed
     * @param maxTotal how much all log files of the cluster may take, in bytes
     */
    record Logs(
            long maxSize,
            @Nullable Duration maxAge,
            int keep,
            @Nullable Duration keepFor,
            boolean compress,
            long maxTotal) {}
}
