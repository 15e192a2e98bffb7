package io.netcluster.worker;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What this worker listens on.
 *
 * <p>A number is its listener's until the program closes it or a drain withdraws it. Whoever removes it does so before
 * anything else has the number; a withdrawal holds this object's lock until it has put another socket there.
 */
final class Listeners {
    private final Map<Integer, Listener> byNumber = new ConcurrentHashMap<>();
    private final Set<Long> withdrawn = ConcurrentHashMap.newKeySet(); // grants

    void add(Listener listener) {
        byNumber.put(listener.fd(), listener);
    }

    @Nullable
    Listener at(int fd) {
        return byNumber.get(fd);
    }

    /** Whether it is still there. */
    boolean has(Listener listener) {
        return listener.equals(byNumber.get(listener.fd()));
    }

    /** Removes what listens at a number, if anything does: most numbers that a program closes are no listener's. */
    @Nullable
    Listener remove(int fd) {
        if (!byNumber.containsKey(fd)) {
            return null;
        }
        synchronized (this) {
            return byNumber.remove(fd);
        }
    }

    /** The primary has struck the listener of that grant off: another that comes must not be given it. */
    void withdrawn(long grant) {
        withdrawn.add(grant);
    }

    boolean isWithdrawn(Listener listener) {
        return withdrawn.contains(listener.grant());
    }

    List<Listener> all() {
        return new ArrayList<>(byNumber.values());
    }

    /** Those that accept connections. */
    List<Listener> streams() {
        var streams = new ArrayList<Listener>();
        for (var listener : byNumber.values()) {
            if (listener.isStream()) {
                streams.add(listener);
            }
        }
        return streams;
    }
}
