package io.netcluster.primary;

import io.netcluster.sys.Descriptors;
import io.netcluster.sys.Errno;
import io.netcluster.sys.ErrnoException;
import io.netcluster.sys.Sockets;
import io.netcluster.wire.Address;
import io.netcluster.wire.Address.Transport;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** All listeners of the cluster. Confined to the supervisor's thread; the kernel decides what conflicts with what. */
final class ListenerTable {
    private final Map<Listener.Key, List<Listener>> shared = new HashMap<>();
    private final Map<Listener, SocketFile> files = new HashMap<>();

    /** The answer to a worker that asks for an address. */
    sealed interface Answer {}

    /** The socket that was offered is bound, and listens. */
    record Bound(Listener listener) implements Answer {}

    /** The address is being listened on: its socket is to take the place of the one offered. */
    record Joined(Listener listener) implements Answer {}

    /** It cannot be had. */
    record Refused(int errno) implements Answer {}

    /**
     * Asks for an address on behalf of a worker.
     *
     * @param offered the program's own socket, with all the options it has set; the table's from now on
     */
    Answer listen(int slot, long worker, Address address, int offered) {
        try {
            int domain = Sockets.domain(offered);
            var key = new Listener.Key(address, domain, domain == Sockets.AF_INET6 && Sockets.isIpv6Only(offered));
            boolean reusesPort = address.transport() == Transport.TCP && Sockets.reusesPort(offered);
            mendFiles();
            for (var listener : shared.getOrDefault(key, List.of())) {
                if (reusesPort ? listener.isOrphanOf(slot) : !listener.reusesPort()) {
                    Descriptors.close(offered);
                    boolean twice = listener.holders().getOrDefault(slot, Listener.NOBODY) == worker;
                    if (twice) {
                        return new Refused(Errno.EADDRINUSE.number());
                    }
                    listener.holders().put(slot, worker);
                    return new Joined(listener);
                }
            }
            bind(key, offered);
            var listener = new Listener(key, offered, reusesPort);
            if (address.transport() == Transport.UNIX) {
                SocketFile.made(address.bytes()).ifPresent(file -> files.put(listener, file));
            }
            listener.holders().put(slot, worker);
            shared.computeIfAbsent(key, _ -> new ArrayList<>()).add(listener);
            return new Bound(listener);
        } catch (ErrnoException e) {
            Descriptors.close(offered);
            return new Refused(e.errno());
        } catch (IOException | InvalidPathException e) {
            // no path, or none that a file can be kept at
            Descriptors.close(offered);
            return new Refused(Errno.EINVAL.number());
        }
    }

    /** Without O_NONBLOCK a selector's thread would block in accept when another worker was quicker. */
    private static void bind(Listener.Key key, int fd) throws IOException {
        var address = key.address();
        Descriptors.setNonBlocking(fd);
        if (address.transport() == Transport.UNIX) {
            SocketFile.removeStale(address.bytes());
            Sockets.bindUnix(fd, address.bytes());
        } else {
            Sockets.bindInet(fd, address.bytes(), address.scope(), address.port());
        }
        if (address.transport() != Transport.UDP) {
            Sockets.listen(fd);
        }
    }

    /** Puts back the socket files that programs have removed. */
    void mendFiles() {
        files.values().forEach(SocketFile::mend);
    }

    /** Whether there are socket files to be looked after. */
    boolean hasFiles() {
        return !files.isEmpty();
    }

    /** The slot's worker has closed the listener. */
    void release(Listener listener, int slot) {
        listener.holders().remove(slot);
        if (listener.holders().isEmpty()) {
            drop(listener);
        }
    }

    /** The slot's worker has died, and another will come: its listeners are kept for that one. */
    void orphan(int slot) {
        listeners().forEach(listener -> listener.holders().computeIfPresent(slot, (_, _) -> Listener.NOBODY));
    }

    /** The slot's worker has died, and none will come. */
    void releaseAll(int slot) {
        releaseIf(slot, _ -> true);
    }

    /** The slot's worker is complete, and has left these unclaimed: connections would wait in them for ever. */
    void releaseUnclaimed(int slot) {
        releaseIf(slot, listener -> listener.reusesPort() && listener.isOrphanOf(slot));
    }

    private void releaseIf(int slot, Predicate<Listener> condition) {
        listeners().stream()
                .filter(listener -> listener.holders().containsKey(slot) && condition.test(listener))
                .toList()
                .forEach(listener -> release(listener, slot));
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
            var file = files.remove(listener);
            if (file != null) {
                file.remove();
            }
            Descriptors.close(listener.fd());
        }
    }
}
