package io.netcluster;

import io.netcluster.sys.PortRange;
import io.netcluster.wire.PortRule;
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
            "netcluster",
            List.of(),
            null,
            List.of(),
            List.of(),
            null,
            false,
            Duration.ofSeconds(10),
            WorkerOptions.defaults());

    private final String name;
    private final List<String> command;
    private final @Nullable MessageCodec codec;
    private final List<PortRange> own;
    private final List<PortRule> port0;
    private final @Nullable PortRange port0Range;
    private final boolean nested;
    private final Duration drainTimeout;
    private final WorkerOptions workers;

    private ClusterOptions(
            String name,
            List<String> command,
            @Nullable MessageCodec codec,
            List<PortRange> own,
            List<PortRule> port0,
            @Nullable PortRange port0Range,
            boolean nested,
            Duration drainTimeout,
            WorkerOptions workers) {
        this.name = name;
        this.command = command;
        this.codec = codec;
        this.own = own;
        this.port0 = port0;
        this.port0Range = port0Range;
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
        return new ClusterOptions(given, command, codec, own, port0, port0Range, nested, drainTimeout, workers);
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
        return new ClusterOptions(name, List.of(words), codec, own, port0, port0Range, nested, drainTimeout, workers);
    }

    /** With a codec for objects that are sent to workers, who set their own by {@link ThisWorker#codec}. */
    public ClusterOptions codec(MessageCodec given) {
        return new ClusterOptions(name, command, given, own, port0, port0Range, nested, drainTimeout, workers);
    }

    /**
     * With ports that are not shared, from first to last: each worker's own. Where one stands in the command, the worker
     * of slot n gets it n-1 higher; elsewhere the first worker to bind it has it.
     */
    public ClusterOptions own(int first, int last) {
        var all = new ArrayList<>(own);
        all.add(new PortRange(first, last));
        return new ClusterOptions(
                name, command, codec, List.copyOf(all), port0, port0Range, nested, drainTimeout, workers);
    }

    /**
     * With another meaning of port 0 for all TCP listeners for which {@link #port0(Port0, String)} says nothing. UDP stays
     * as it is, for a datagram socket on port 0 is more often a client's.
     */
    public ClusterOptions port0(Port0 meaning) {
        return port0(new PortRule(meaning.policy(), null, null));
    }

    /**
     * With another meaning of port 0 for some, TCP and UDP; of several that fit the one that was said first holds.
     *
     * @param whom those who listen at this IP address, or those who are called by this class, such as {@code
     *     com.acme.Admin}, or by a class of this package or one below it, such as {@code com.acme.*}; what a library binds
     *     in a thread of its own, as Netty does, its caller is not seen to have called
     * @throws IllegalArgumentException if it is none of these
     */
    public ClusterOptions port0(Port0 meaning, String whom) {
        return port0(PortRule.parse(meaning + ":" + whom));
    }

    private ClusterOptions port0(PortRule rule) {
        var all = new ArrayList<>(port0);
        all.add(rule);
        return new ClusterOptions(
                name, command, codec, own, List.copyOf(all), port0Range, nested, drainTimeout, workers);
    }

    /**
     * With a range, from first to last, in which all ports are that TCP listeners get from port 0. Where none of it is
     * free they get a {@link java.net.BindException}; ports that others have bound, or whose last connections are in
     * TIME_WAIT, are not free.
     *
     * @throws IllegalArgumentException if that is no range of ports
     */
    public ClusterOptions port0Range(int first, int last) {
        return new ClusterOptions(
                name, command, codec, own, port0, new PortRange(first, last), nested, drainTimeout, workers);
    }

    /**
     * In a worker, which becomes the primary of a cluster of its own. Without this {@link Cluster#open(ClusterOptions)}
     * refuses, lest a program that forgets to ask where it runs forks for ever.
     */
    public ClusterOptions nested() {
        return new ClusterOptions(name, command, codec, own, port0, port0Range, true, drainTimeout, workers);
    }

    /** With another time than 10 s for {@link Cluster#close} to let workers finish what they have accepted. */
    public ClusterOptions drainTimeout(Duration timeout) {
        return new ClusterOptions(name, command, codec, own, port0, port0Range, nested, timeout, workers);
    }

    /** With other options for workers whose {@link Cluster#fork()} says nothing. */
    public ClusterOptions workers(WorkerOptions options) {
        return new ClusterOptions(name, command, codec, own, port0, port0Range, nested, drainTimeout, options);
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

    List<PortRule> port0() {
        return port0;
    }

    @Nullable
    PortRange port0Range() {
        return port0Range;
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
