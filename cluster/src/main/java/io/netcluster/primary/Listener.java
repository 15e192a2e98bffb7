package io.netcluster.primary;

import io.netcluster.wire.Address;
import io.netcluster.wire.PortPolicy;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A socket that the primary keeps, and the slots that have it.
 *
 * <p>A slot has it from its worker's bind until that worker closes it. The death of the worker changes nothing: the
 * slot's next one will ask for it again, and what waits in the kernel's queue waits.
 */
final class Listener {
    /** In the place of a worker's id, for a slot whose worker has died. */
    static final long NOBODY = 0;

    private final Key key;
    private final Address address;
    private final int fd;
    private final boolean reusesPort;
    private final @Nullable String name;
    private final Map<Integer, Long> holders = new HashMap<>();

    /** What makes two binds the same: the address that was asked for, the kind of socket, and what port 0 is to mean. */
    record Key(Address address, int domain, boolean ipv6Only, PortZero portZero) {
        /** The key of all that are counted together. */
        Key kind() {
            return numbered(0);
        }

        Key numbered(int number) {
            return new Key(address, domain, ipv6Only, new PortZero(portZero.policy, portZero.slot, number));
        }

        /** The key of those who ask for what port 0 has become. */
        Key at(Address bound) {
            return new Key(bound, domain, ipv6Only, portZero);
        }

        boolean isPortZero() {
            return !portZero.equals(PortZero.NONE);
        }
    }

    /**
     * Which port 0.
     *
     * @param policy sticky or node; unique if it is another port than 0, or has become one
     * @param slot whose it is, or 0 if it is everybody's
     * @param number the how manieth of its worker
     */
    record PortZero(PortPolicy policy, int slot, int number) {
        static final PortZero NONE = new PortZero(PortPolicy.UNIQUE, 0, 0);
    }

    /**
     * A bound socket.
     *
     * @param address where it is bound, with the real port
     * @param fd the socket; this listener's from now on
     * @param reusesPort whether it is one of several that the program bound with SO_REUSEPORT; then one slot has it
     * @param name by which workers share a port 0, or null
     */
    Listener(Key key, Address address, int fd, boolean reusesPort, @Nullable String name) {
        this.key = key;
        this.address = address;
        this.fd = fd;
        this.reusesPort = reusesPort;
        this.name = name;
    }

    Key key() {
        return key;
    }

    Address address() {
        return address;
    }

    int fd() {
        return fd;
    }

    boolean reusesPort() {
        return reusesPort;
    }

    @Nullable
    String name() {
        return name;
    }

    Map<Integer, Long> holders() {
        return holders;
    }

    /** Whether it is kept for one slot. */
    boolean isSticky() {
        return key.portZero.policy().kind() == PortPolicy.Kind.STICKY;
    }

    /** Whether no other slot has it. */
    boolean isOnlyOf(int slot) {
        return holders.keySet().stream().allMatch(holder -> holder == slot);
    }

    /** Whether the slot had it, and its worker has died. */
    boolean isOrphanOf(int slot) {
        return holders.getOrDefault(slot, NOBODY - 1) == NOBODY;
    }
}
