package io.netcluster.primary;

import io.netcluster.wire.Address;
import java.util.HashMap;
import java.util.Map;

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
    private final int fd;
    private final boolean reusesPort;
    private final Map<Integer, Long> holders = new HashMap<>();

    /** What makes two binds the same: the address, and the kind of socket. */
    record Key(Address address, int domain, boolean ipv6Only) {}

    /**
     * A bound socket.
     *
     * @param fd the socket; this listener's from now on
     * @param reusesPort whether it is one of several that the program bound with SO_REUSEPORT; then one slot has it
     */
    Listener(Key key, int fd, boolean reusesPort) {
        this.key = key;
        this.fd = fd;
        this.reusesPort = reusesPort;
    }

    Key key() {
        return key;
    }

    int fd() {
        return fd;
    }

    boolean reusesPort() {
        return reusesPort;
    }

    Map<Integer, Long> holders() {
        return holders;
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
