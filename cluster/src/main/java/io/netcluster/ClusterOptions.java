package io.netcluster;

import io.netcluster.wire.PortRange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a cluster runs. Immutable: each method returns another one that differs in what it says.
 *
 * <p>The command is that of this very process: its {@code java} with all options, its class path, jar, module or source
 * file, and its arguments.
 */
public final class ClusterOptions {
    private static final ClusterOptions DEFAULTS = new ClusterOptions(
            "netcluster", List.of(), null, List.of(), false, Duration.ofSeconds(10), WorkerOptions.defaults());

    private final String name;
    private final List<String> command;
    private final @Nullable MessageCodec codec;
    private final List<PortRange> own;
    private final boolean nested;
    private final Duration drainTimeout;
    private final WorkerOptions workers;

    private ClusterOptions(
            String name,
            List<String> command,
            @Nullable MessageCodec codec,
            List<PortRange> own,
            boolean nested,
            Duration drainTimeout,
            WorkerOptions workers) {
        this.name = name;
        this.command = command;
        this.codec = codec;
        this.own = own;
        this.nested = nested;
        this.drainTimeout = drainTimeout;
        this.workers = workers;
    }

    /** What is described above, by the name of {@code netcluster}. */
    public static ClusterOptions defaults() {
        return DEFAULTS;
    }

    /** With a name, which workers see; it need not be unique. */
    public ClusterOptions name(String given) {
        return new ClusterOptions(given, command, codec, own, nested, drainTimeout, workers);
    }

    /**
     * With another command: a jar, a source file, java options and a main class, {@code java} and these, or a start
     * script; then arguments. Needed where this process's own command would run something else: in a test runner or an
     * IDE that brings its own main.
     */
    public ClusterOptions command(String... words) {
        if (words.length == 0) {
            throw new IllegalArgumentException("a command has a word at least");
        }
        return new ClusterOptions(name, List.of(words), codec, own, nested, drainTimeout, workers);
    }

    /** With a codec for objects that are sent to workers, who set their own by {@link ThisWorker#codec}. */
    public ClusterOptions codec(MessageCodec given) {
        return new ClusterOptions(name, command, given, own, nested, drainTimeout, workers);
    }

    /**
     * With ports that are not shared, from first to last: each worker's own. Where one stands in the command, the worker
     * of slot n gets it n-1 higher; elsewhere the first worker to bind it has it.
     */
    public ClusterOptions own(int first, int last) {
        var all = new ArrayList<>(own);
        all.add(new PortRange(first, last));
        return new ClusterOptions(name, command, codec, List.copyOf(all), nested, drainTimeout, workers);
    }

    /**
     * In a worker, which becomes the primary of a cluster of its own. Without this {@link Cluster#open(ClusterOptions)}
     * refuses, lest a program that forgets to ask where it runs forks for ever.
     */
    public ClusterOptions nested() {
        return new ClusterOptions(name, command, codec, own, true, drainTimeout, workers);
    }

    /** With another time than 10 s for {@link Cluster#close} to let workers finish what they have accepted. */
    public ClusterOptions drainTimeout(Duration timeout) {
        return new ClusterOptions(name, command, codec, own, nested, timeout, workers);
    }

    /** With other options for workers whose {@link Cluster#fork()} says nothing. */
    public ClusterOptions workers(WorkerOptions options) {
        return new ClusterOptions(name, command, codec, own, nested, drainTimeout, options);
    }

    String name() {
        return name;
    }

    List<String> command() {
        return command;
    }

    @Nullable
    MessageCodec codec() {
        return codec;
    }

    List<PortRange> own() {
        return own;
    }

    boolean isNested() {
        return nested;
    }

    Duration drainTimeout() {
        return drainTimeout;
    }

    WorkerOptions workers() {
        return workers;
    }
}
