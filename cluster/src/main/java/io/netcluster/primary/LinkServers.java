package io.netcluster.primary;

import io.netcluster.primary.LinkServer.Receiver;
import io.netcluster.primary.Settings.User;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Where workers dial: one place for each user that they run as, since nobody else may. */
final class LinkServers implements AutoCloseable {
    private final Receiver receiver;
    private final @Nullable ClusterHome home;
    private final Map<Optional<User>, LinkServer> servers = new ConcurrentHashMap<>();
    private boolean closed;

    /** For a cluster without a name. */
    LinkServers(Receiver receiver) throws IOException {
        this(receiver, null);
    }

    /**
     * With the place for workers of the primary's own user; others are made when they are asked for.
     *
     * @param home where that is, if the cluster has a name; null for a new directory
     */
    LinkServers(Receiver receiver, @Nullable ClusterHome home) throws IOException {
        this.receiver = receiver;
        this.home = home;
        of(null);
    }

    /** The place for workers of a user, or null for the primary's own. Any thread. */
    synchronized LinkServer of(@Nullable User user) throws IOException {
        if (closed) {
            throw new IOException("this cluster has ended: its workers have no place to dial any more");
        }
        var key = Optional.ofNullable(user);
        var known = servers.get(key);
        if (known == null) {
            known = home != null && user == null ? LinkServer.openIn(home, receiver) : LinkServer.open(receiver, user);
            servers.put(key, known);
        }
        return known;
    }

    /** Stops listening and removes what is in the file system. Any thread; more than one may. */
    @Override
    public synchronized void close() {
        closed = true;
        servers.values().forEach(LinkServer::close);
    }
}
