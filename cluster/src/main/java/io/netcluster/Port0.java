package io.netcluster;

import io.netcluster.wire.PortPolicy;
import io.netcluster.wire.PortPolicy.Kind;

/**
 * Which port a worker gets that listens on port 0.
 *
 * <p>A name has at most 255 characters, and neither spaces nor any of {@code , : =}.
 */
public final class Port0 {
    private final PortPolicy policy;

    private Port0(PortPolicy policy) {
        this.policy = policy;
    }

    /** A port of the caller's own, chosen by the kernel: what port 0 means where nothing else is said. */
    public static Port0 unique() {
        return new Port0(PortPolicy.UNIQUE);
    }

    /** As {@link #sticky(String)}, by the empty name. */
    public static Port0 sticky() {
        return sticky("");
    }

    /**
     * A port of the caller's own, which the slot's next worker gets again when it asks as this one did: the n-th time for
     * the same address and name, counted anew when it has closed all of them. Until then the primary keeps it, and what
     * connects waits in its queue.
     *
     * @throws IllegalArgumentException if that is no name
     */
    public static Port0 sticky(String name) {
        return new Port0(new PortPolicy(Kind.STICKY, name));
    }

    /** As {@link #shared(String)}, by the empty name. */
    public static Port0 shared() {
        return shared("");
    }

    /**
     * One port for all workers that use the name, which the kernel chooses for the first of them. To the others, and to
     * those who listen on it by its number, it is a port as any other: shared by all workers, once by each.
     *
     * @throws IllegalArgumentException if that is no name
     */
    public static Port0 shared(String name) {
        return new Port0(new PortPolicy(Kind.SHARED, name));
    }

    /**
     * What Node's cluster does: the n-th port 0 of every worker is one, per address, counted anew when a worker has closed
     * all of them.
     */
    public static Port0 node() {
        return new Port0(new PortPolicy(Kind.NODE, ""));
    }

    PortPolicy policy() {
        return policy;
    }

    /** As the command's {@code --port0} has it. */
    @Override
    public String toString() {
        return policy.toString();
    }
}
