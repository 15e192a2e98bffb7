package io.netcluster.primary;

import io.netcluster.sys.Descriptors;
import io.netcluster.sys.Errno;
import io.netcluster.sys.ErrnoException;
import io.netcluster.sys.PortRange;
import io.netcluster.sys.RangeBind;
import io.netcluster.sys.Sockets;
import io.netcluster.wire.Address;
import io.netcluster.wire.Address.Transport;
import io.netcluster.wire.Message.Holding;
import io.netcluster.wire.PortPolicy;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** All listeners of the cluster. Confined to the supervisor's thread; the kernel decides what conflicts with what. */
final class ListenerTable {
    private final Map<Listener.Key, List<Listener>> shared = new HashMap<>();
    private final Map<Listener, SocketFile> files = new HashMap<>();
    private final NamedPorts named = new NamedPorts();
    private final Set<Listener> activated = new LinkedHashSet<>(); // the service manager's: they stay
    private final PortZeroCounts counts = new PortZeroCounts();
    private final @Nullable PortRange range;
    private final StoredListeners store;

    /**
     * An empty one.
     *
     * @param range where the ports are to be that port 0 stands for, or null for the system's range
     * @param store has a duplicate of each listener that it takes
     */
    ListenerTable(@Nullable PortRange range, StoredListeners store) {
        this.range = range;
        this.store = store;
    }

    /** The answer to a worker that asks for an address. */
    sealed interface Answer {}

    /** The socket that was offered is bound, and listens. */
    record Bound(Listener listener) implements Answer {}

    /** The address is being listened on: its socket is to take the place of the one offered. */
    record Joined(Listener listener) implements Answer {}

    /** It cannot be had. */
    record Refused(int errno) implements Answer {}

    /** The service manager has opened it, and for the wrong family: the program could not send from that socket. */
    record Foreign() implements Answer {}

    /**
     * Asks for an address on behalf of a worker.
     *
     * @param policy what port 0 is to mean, if that is asked for
     * @param offered the program's own socket, with all the options it has set; the table's from now on
     */
    Answer listen(int slot, long worker, Address address, PortPolicy policy, int offered) {
        try {
            int domain = Sockets.domain(offered);
            boolean ipv6Only = domain == Sockets.AF_INET6 && Sockets.isIpv6Only(offered);
            boolean isNamed = policy.kind() == PortPolicy.Kind.SHARED;
            var at = isNamed ? address.at(named.portOf(policy.name())) : address;
            var key = new Listener.Key(at, domain, ipv6Only, portZero(slot, policy));
            if (!key.isPortZero()) {
                return listen(slot, worker, key, offered, isNamed ? policy.name() : null);
            }
            var numbered = key.numbered(counts.opening(worker, key.kind()));
            var answer = listen(slot, worker, numbered, offered, null);
            if (answer instanceof Refused && policy.kind() != PortPolicy.Kind.NODE) {
                counts.closed(worker, key.kind());
            }
            return answer;
        } catch (ErrnoException e) {
            Descriptors.close(offered);
            return new Refused(e.errno());
        }
    }

    private static Listener.PortZero portZero(int slot, PortPolicy policy) {
        return switch (policy.kind()) {
            case UNIQUE, SHARED -> Listener.PortZero.NONE;
            case STICKY -> new Listener.PortZero(policy, slot, 0);
            case NODE -> new Listener.PortZero(policy, 0, 0);
        };
    }

    private Answer listen(int slot, long worker, Listener.Key key, int offered, @Nullable String name) {
        try {
            boolean reusesPort = key.address().transport() == Transport.TCP && Sockets.reusesPort(offered);
            mendFiles();
            for (var listener : activated) {
                if (!key.isPortZero() && listener.address().isServedAs(key.address())) {
                    Descriptors.close(offered);
                    return listener.isForeignTo(key) ? new Foreign() : join(listener, slot, worker);
                }
            }
            for (var listener : shared.getOrDefault(key, List.of())) {
                if (reusesPort ? listener.isInheritedBy(worker, slot) : !listener.reusesPort()) {
                    Descriptors.close(offered);
                    return join(listener, slot, worker);
                }
            }
            return bind(slot, worker, key, offered, reusesPort, name);
        } catch (ErrnoException e) {
            Descriptors.close(offered);
            return new Refused(e.errno());
        } catch (IOException | InvalidPathException e) {
            // no path, or none that a file can be kept at
            Descriptors.close(offered);
            return new Refused(Errno.EINVAL.number());
        }
    }

    private static Answer join(Listener listener, int slot, long worker) {
        if (listener.isHeldBy(worker)) {
            return new Refused(Errno.EADDRINUSE.number());
        }
        listener.hold(worker, slot);
        return new Joined(listener);
    }

    /**
     * Takes over a listener that a worker of a primary before this one hands back.
     *
     * @param fd the worker's socket; the table's from now on
     * @throws IOException if it is no socket that listens where the worker says
     */
    Listener adopt(int slot, long worker, Holding holding, int fd) throws IOException {
        try {
            int domain = Sockets.domain(fd);
            var asked = holding.asked();
            boolean isUnix = asked.transport() == Transport.UNIX;
            if (isUnix != (domain == Sockets.AF_UNIX) || (!isUnix && Sockets.localPort(fd) != holding.port())) {
                throw new IOException("it hands back what does not listen on " + asked + ", port " + holding.port());
            }
            boolean isNamed = holding.policy().kind() == PortPolicy.Kind.SHARED;
            var bound = isUnix ? asked : asked.at(holding.port());
            var kind = new Listener.Key(
                    isNamed ? bound : asked,
                    domain,
                    domain == Sockets.AF_INET6 && Sockets.isIpv6Only(fd),
                    portZero(slot, holding.policy()));
            var key = kind.isPortZero() ? kind.numbered(holding.number()) : kind;
            if (kind.isPortZero()) {
                counts.adopted(worker, key.kind(), holding.number());
            }
            var known = new ArrayList<>(activated);
            known.addAll(shared.getOrDefault(key, List.of()));
            for (var listener : known) {
                if (Descriptors.isSame(listener.fd(), fd)) {
                    Descriptors.close(fd);
                    listener.hold(worker, slot);
                    return listener;
                }
            }
            drop(listener -> listener.isKept() && listener.key().equals(key)); // its address is another's by now
            boolean reusesPort = asked.transport() == Transport.TCP && Sockets.reusesPort(fd);
            var listener = new Listener(
                    key, bound, fd, reusesPort, isNamed ? holding.policy().name() : null);
            add(listener, slot, worker, isUnix ? SocketFile.adopted(bound.bytes()) : Optional.empty());
            return listener;
        } catch (IOException | RuntimeException e) {
            Descriptors.close(fd);
            throw e;
        }
    }

    private void add(Listener listener, int slot, long worker, Optional<SocketFile> file) {
        named.add(listener);
        file.ifPresent(kept -> files.put(listener, kept));
        listener.hold(worker, slot);
        add(listener);
    }

    private Answer bind(int slot, long worker, Listener.Key key, int offered, boolean reusesPort, @Nullable String name)
            throws IOException {
        var bound = bindOrReplace(key.address(), offered);
        var listener = new Listener(name == null ? key : key.at(bound), bound, offered, reusesPort, name);
        add(
                listener,
                slot,
                worker,
                bound.transport() == Transport.UNIX ? SocketFile.made(bound.bytes()) : Optional.empty());
        return new Bound(listener);
    }

    private void add(Listener listener) {
        shared.computeIfAbsent(listener.key(), _ -> new ArrayList<>()).add(listener);
        if (isStored(listener)) {
            store.add(listener);
        }
    }

    /** What is kept for whoever asks for its address gives way to who asks for another that it excludes. */
    private Address bindOrReplace(Address address, int fd) throws IOException {
        try {
            return bind(address, fd);
        } catch (ErrnoException e) {
            Predicate<Listener> excludes =
                    each -> each.isKept() && each.address().excludes(address);
            if (!e.is(Errno.EADDRINUSE) || listeners().stream().noneMatch(excludes)) {
                throw e;
            }
            listeners().stream().filter(excludes).forEach(each -> Sockets.shutdown(each.fd())); // for the store as well
            drop(excludes);
            return bind(address, fd);
        }
    }

    /** Returns where it is bound; without O_NONBLOCK a selector's thread would block in accept when another worker was quicker. */
    private Address bind(Address address, int fd) throws IOException {
        Descriptors.setNonBlocking(fd);
        if (address.transport() == Transport.UNIX) {
            SocketFile.removeStale(address.bytes());
            Sockets.bindUnix(fd, address.bytes());
        } else if (address.port() == 0 && address.transport() == Transport.TCP && range != null) {
            RangeBind.bind(fd, address.bytes(), address.scope(), range);
        } else {
            Sockets.bindInet(fd, address.bytes(), address.scope(), address.port());
        }
        if (address.transport() != Transport.UDP) {
            Sockets.listen(fd);
        }
        return address.transport() == Transport.UNIX ? address : address.at(Sockets.localPort(fd));
    }

    // ------------------------------------------------------------------ what the service manager has

    /** Listens on a socket of the service manager's: who asks for its address gets it, and it stays when nobody has it. */
    void activate(InheritedSockets.Inherited inherited) {
        var socket = inherited.socket();
        var key = new Listener.Key(inherited.address(), socket.domain(), socket.ipv6Only(), Listener.PortZero.NONE);
        var listener = new Listener(key, inherited.address(), inherited.fd(), false, null);
        activated.add(listener);
        mendLater(listener);
        add(listener);
    }

    /** Its file, if it has one, is put back from now on. */
    private void mendLater(Listener listener) {
        try {
            if (listener.address().transport() == Transport.UNIX) {
                SocketFile.adopted(listener.address().bytes()).ifPresent(file -> files.put(listener, file));
            }
        } catch (IOException e) {
            // in a directory that is not the service's: nor can its programs remove it
        }
    }

    /** Takes a listener back that was this cluster's, for whoever asks for its address. */
    void takeBack(Listener listener) {
        mendLater(listener);
        listener.keep();
        shared.computeIfAbsent(listener.key(), _ -> new ArrayList<>()).add(listener);
    }

    /** Gives up the listeners that have been taken back and that nobody has asked for. */
    void releaseUnclaimed() {
        drop(Listener::isKept);
    }

    private void drop(Predicate<Listener> condition) {
        listeners().stream().filter(condition).forEach(this::drop);
    }

    /** Puts back the socket files that programs have removed. */
    void mendFiles() {
        files.values().forEach(SocketFile::mend);
    }

    /** Whether there are socket files to be looked after. */
    boolean hasFiles() {
        return !files.isEmpty();
    }

    /** The worker has closed the listener: if it was the last one, the address is free. */
    void release(Listener listener, long worker) {
        if (isStored(listener) && listener.isHeldBy(worker) && listener.isOnlyOf(worker, 0)) {
            Sockets.shutdown(listener.fd()); // the store closes its duplicate a moment later
        }
        withdraw(listener, worker);
    }

    /** For others the worker has the listener no longer, but it goes on to accept what waits in it. */
    void withdraw(Listener listener, long worker) {
        counts.closed(worker, listener.key().kind());
        listener.letGo(worker);
        dropIfAbandoned(listener);
    }

    /** Whether nobody will have the listener when the worker, or its slot's next one, has it no longer. */
    boolean isLast(Listener listener, long worker, int slot) {
        return listener.isOnlyOf(worker, slot) && !activated.contains(listener);
    }

    private boolean isStored(Listener listener) {
        return !activated.contains(listener) && store.takes(listener);
    }

    /** The worker will close the listener, and another will come for it in its place. */
    void orphan(Listener listener, long worker) {
        listener.orphan(worker);
    }

    /** The worker has died, and its slot's next one gets its listeners. */
    void orphanAll(long worker) {
        counts.forget(worker);
        listeners().forEach(listener -> listener.orphan(worker));
    }

    /** The worker has died, and none comes in its place. */
    void releaseAll(long worker) {
        counts.forget(worker);
        for (var listener : listeners()) {
            listener.letGo(worker);
            dropIfAbandoned(listener);
        }
    }

    /** The slot waits for no worker any more. */
    void releaseOrphans(int slot) {
        releaseOrphans(slot, _ -> true);
    }

    /** The slot's worker is complete, and has left these unclaimed: connections would wait in them for ever. */
    void releaseUnclaimed(int slot) {
        releaseOrphans(slot, Listener::reusesPort);
    }

    private void releaseOrphans(int slot, Predicate<Listener> condition) {
        for (var listener : listeners()) {
            if (listener.isOrphanOf(slot) && condition.test(listener)) {
                listener.letGoOfSlot(slot);
                dropIfAbandoned(listener);
            }
        }
    }

    private void dropIfAbandoned(Listener listener) {
        if (listener.isAbandoned() && !activated.contains(listener)) {
            drop(listener);
        }
    }

    /** Whether a worker has all that can be had of what another has. */
    boolean isHeir(long heir, long predecessor) {
        return listeners().stream().allMatch(listener -> !listener.isHeldBy(predecessor) || listener.isHeldBy(heir));
    }

    /** Whether the table still has it. */
    boolean contains(Listener listener) {
        return shared.getOrDefault(listener.key(), List.of()).contains(listener);
    }

    private Collection<Listener> listeners() {
        return shared.values().stream().flatMap(List::stream).toList();
    }

    /** Closes everything. */
    void close() {
        List.copyOf(listeners()).forEach(this::drop);
    }

    private void drop(Listener listener) {
        var siblings = shared.get(listener.key());
        if (siblings != null && siblings.remove(listener)) {
            if (siblings.isEmpty()) {
                shared.remove(listener.key());
            }
            named.remove(listener);
            var file = files.remove(listener);
            if (file != null && activated.contains(listener)) {
                file.leave();
            } else if (file != null) {
                file.remove();
            }
            if (isStored(listener)) {
                store.remove(listener);
            }
            activated.remove(listener);
            Descriptors.close(listener.fd());
        }
    }
}
