package io.netcluster;

import io.netcluster.sys.PortRange;
import org.jspecify.annotations.Nullable;

/** Which ports a {@link PortLease} takes. Immutable: each method returns another one that differs in what it says. */
public final class LeaseOptions {
    private static final LeaseOptions DEFAULTS = new LeaseOptions(1, false, null);

    private final int count;
    private final boolean udp;
    private final @Nullable PortRange range;

    private LeaseOptions(int count, boolean udp, @Nullable PortRange range) {
        if (range != null && range.last() - range.first() + 1 < count) {
            throw new IllegalArgumentException("there are no " + count + " ports in " + range);
        }
        this.count = count;
        this.udp = udp;
        this.range = range;
    }

    /** One TCP port, which the kernel chooses. */
    public static LeaseOptions defaults() {
        return DEFAULTS;
    }

    /**
     * With so many ports, whose numbers follow each other.
     *
     * @throws IllegalArgumentException if there cannot be so many
     */
    public LeaseOptions count(int ports) {
        if (ports < 1 || ports > 0xffff) {
            throw new IllegalArgumentException("a lease has from 1 to 65535 ports, not " + ports);
        }
        return new LeaseOptions(ports, udp, range);
    }

    /**
     * With ports that are free for UDP too, and are kept so.
     *
     * <p>The kernel keeps no UDP port free for one program and gives it to no other: whoever may bind a number may also
     * get it from port 0. So without {@link #range} such a lease takes numbers that the kernel never gives to anybody,
     * outside of {@code net.ipv4.ip_local_port_range}; any program can bind these, whatever options it sets. Numbers that
     * the kernel does give out, when a range asks for them, are held with {@code SO_REUSEADDR}, and a UDP program must
     * set that too: see docs/ports.md.
     */
    public LeaseOptions udp() {
        return new LeaseOptions(count, true, range);
    }

    /**
     * With ports from first to last, both included, tried in a random order.
     *
     * @throws IllegalArgumentException if that is no range of ports, or there are not enough in it
     */
    public LeaseOptions range(int first, int last) {
        return new LeaseOptions(count, udp, new PortRange(first, last));
    }

    int count() {
        return count;
    }

    boolean isUdp() {
        return udp;
    }

    @Nullable
    PortRange range() {
        return range;
    }
}
