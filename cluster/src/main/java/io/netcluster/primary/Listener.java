package io.netcluster.primary;

import io.netcluster.wire.Address;
import io.netcluster.wire.Address.Transport;
import io.netcluster.wire.PortPolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A socket that the primary keeps, and the workers that have it.
 *
 * <p>A worker has it from its bind until it closes it. When it dies its slot has it: the slot's next worker will ask for
 * it again, and what waits in the kernel's queue waits.
 */
final class Listener {
    private final Key key;
    private final Address address;
    private final int fd;
    private final boolean reusesPort;
    private final @Nullable String name;
    private final Map<Long, Integer> holders = new HashMap<>(); // workers, and their slots
    private final Set<Integer> orphans = new HashSet<>(); // slots whose workers have died
    private final Set<Long> withdrawing = new HashSet<>(); // workers that accept from it, and will not in a moment
    private final List<Runnable> whenWithdrawn = new ArrayList<>();
    private boolean kept;

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

    /** Whether a program that asked for the other would send by addresses of a family that this socket cannot send to. */
    boolean isForeignTo(Key other) {
        return address.transport() == Transport.UDP && key.domain < other.domain; // AF_INET, AF_INET6
    }

    // ------------------------------------------------------------------ who has it

    /** The worker has it from now on, and so its slot waits for none any more. */
    void hold(long worker, int slot) {
        holders.put(worker, slot);
        orphans.remove(slot);
        kept = false;
    }

    boolean isHeldBy(long worker) {
        return holders.containsKey(worker);
    }

    /** The worker has it no longer. */
    void letGo(long worker) {
        holders.remove(worker);
    }

    /** The worker has died: its slot waits for its next one, if that one does not have it already. */
    void orphan(long worker) {
        var slot = holders.remove(worker);
        if (slot != null && !holders.containsValue(slot)) {
            orphans.add(slot);
        }
    }

    /** The slot waits for no other worker. */
    void letGoOfSlot(int slot) {
        orphans.remove(slot);
    }

    /** It is kept for whoever comes first, of whatever slot. */
    void keep() {
        kept = true;
    }

    /** Whether it is kept, and nobody has come. */
    boolean isKept() {
        return kept;
    }

    /** Whether nobody has it, and nobody is waited for. */
    boolean isAbandoned() {
        return holders.isEmpty() && orphans.isEmpty() && !kept;
    }

    /** Whether no other worker, and no other slot, has it. */
    boolean isOnlyOf(long worker, int slot) {
        return holders.keySet().stream().allMatch(holder -> holder == worker)
                && orphans.stream().allMatch(orphan -> orphan == slot);
    }

    /** Whether the slot had it, and its worker has died. */
    boolean isOrphanOf(int slot) {
        return orphans.contains(slot);
    }

    /** Whether it is the slot's, and a new worker of the slot can take it over. */
    boolean isInheritedBy(long worker, int slot) {
        return !holders.containsKey(worker) && (orphans.contains(slot) || holders.containsValue(slot));
    }

    // ------------------------------------------------------------------ who gives it up

    /** The worker has been told that others have it, and is about to put another socket in its place. */
    void withdraws(long worker) {
        withdrawing.add(worker);
    }

    /** It has done so, or has died. */
    void withdrawn(long worker) {
        if (withdrawing.remove(worker) && withdrawing.isEmpty()) {
            whenWithdrawn.forEach(Runnable::run);
            whenWithdrawn.clear();
        }
    }

    /** Does something when no worker is about to give it up: now, perhaps. */
    void whenWithdrawn(Runnable task) {
        if (withdrawing.isEmpty()) {
            task.run();
        } else {
            whenWithdrawn.add(task);
        }
    }

    /** Whether it is kept for one slot. */
    boolean isSticky() {
        return key.portZero.policy().kind() == PortPolicy.Kind.STICKY;
    }
}
