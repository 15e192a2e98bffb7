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
    private final Map<Optional<User>, LinkServer> servers = new ConcurrentHashMap<>();

    /** With the place for workers of the primary's own user; others are made when they are asked for. */
    LinkServers(Receiver receiver) throws IOException {
        this.receiver = receiver;
        of(null);
    }

    /** The place for workers of a user, or null for the primary's own. Confined to the supervisor. */
    LinkServer of(@Nullable User user) throws IOException {
        var key = Optional.ofNullable(user);
        var known = servers.get(key);
        if (known == null) {
            known = LinkServer.open(receiver, user);
            servers.put(key, known);
        }
        return known;
    }

    /** Forgets which process claimed to be a worker that is gone. */
    void forget(long worker) {
        servers.values().forEach(server -> server.forget(worker));
    }

    /** Stops listening and removes what is in the file system. */
    @Override
    public void close() {
        servers.values().forEach(LinkServer::close);
    }
}
