package io.netcluster;

import io.netcluster.sys.PortRange;
import io.netcluster.wire.PortRule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a cluster runs. Immutable: each method returns another one that differs in what it says.
 *
 * <p>The command is that of this very process: its {@code java} with all options, its class path, jar, module or source
 * file, and its arguments.
 */
public final class ClusterOptions {
    private static final ClusterOptions DEFAULTS = new ClusterOptions(new Draft());

    private final String name;
    private final List<String> command;
    private final @Nullable MessageCodec codec;
    private final List<PortRange> own;
    private final List<PortRule> port0;
    private final @Nullable PortRange port0Range;
    private final boolean nested;
    private final Duration drainTimeout;
    private final WorkerOptions workers;

    private ClusterOptions(Draft from) {
        name = from.name;
        command = from.command;
        codec = from.codec;
        own = List.copyOf(from.own);
        port0 = List.copyOf(from.port0);
        port0Range = from.port0Range;
        nested = from.nested;
        drainTimeout = from.drainTimeout;
        workers = from.workers;
    }

    /** The same but for what is changed in a draft of it. */
    private ClusterOptions with(Consumer<Draft> change) {
        var draft = new Draft();
        draft.name = name;
        draft.command = command;
        draft.codec = codec;
        draft.own.addAll(own);
        draft.port0.addAll(port0);
        draft.port0Range = port0Range;
        draft.nested = nested;
        draft.drainTimeout = drainTimeout;
        draft.workers = workers;
        change.accept(draft);
        return new ClusterOptions(draft);
    }

    /** Options that are being changed; at first the defaults. */
    private static final class Draft {
        String name = "netcluster";
        List<String> command = List.of();

        @Nullable
        MessageCodec codec;

        final List<PortRange> own = new ArrayList<>();
        final List<PortRule> port0 = new ArrayList<>();

        @Nullable
        PortRange port0Range;

        boolean nested;
        Duration drainTimeout = Duration.ofSeconds(10);
        WorkerOptions workers = WorkerOptions.defaults();
    }

    /** What is described above, by the name of {@code netcluster}. */
    public static ClusterOptions defaults() {
        return DEFAULTS;
    }

    /** With a name, which workers see; it need not be unique. */
    public ClusterOptions name(String given) {
        return with(draft -> draft.name = given);
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
        return with(draft -> draft.command = List.of(words));
    }

    /** With a codec for objects that are sent to workers, who set their own by {@link ThisWorker#codec}. */
    public ClusterOptions codec(MessageCodec given) {
        return with(draft -> draft.codec = given);
    }

    /**
     * With ports that are not shared, from first to last: each worker's own. Where one stands in the command, the worker
     * of slot n gets it n-1 higher; elsewhere the first worker to bind it has it.
     */
    public ClusterOptions own(int first, int last) {
        var range = new PortRange(first, last);
        return with(draft -> draft.own.add(range));
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
        return with(draft -> draft.port0.add(rule));
    }

    /**
     * With a range, from first to last, in which all ports are that TCP listeners get from port 0. Where none of it is
     * free they get a {@link java.net.BindException}; ports that others have bound, or whose last connections are in
     * TIME_WAIT, are not free.
     *
     * @throws IllegalArgumentException if that is no range of ports
     */
    public ClusterOptions port0Range(int first, int last) {
        var range = new PortRange(first, last);
        return with(draft -> draft.port0Range = range);
    }

    /**
     * In a worker, which becomes the primary of a cluster of its own. Without this {@link Cluster#open(ClusterOptions)}
     * refuses, lest a program that forgets to ask where it runs forks for ever.
     */
    public ClusterOptions nested() {
        return with(draft -> draft.nested = true);
    }

    /** With another time than 10 s for {@link Cluster#close} to let workers finish what they have accepted. */
    public ClusterOptions drainTimeout(Duration timeout) {
        return with(draft -> draft.drainTimeout = timeout);
    }

    /** With other options for workers whose {@link Cluster#fork()} says nothing. */
    public ClusterOptions workers(WorkerOptions options) {
        return with(draft -> draft.workers = options);
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
