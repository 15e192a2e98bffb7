package io.netcluster.worker;

import io.netcluster.sys.Descriptors;
import io.netcluster.sys.ErrnoException;
import io.netcluster.sys.PacketFilter;
import io.netcluster.sys.Sockets;
import io.netcluster.wire.Address.Transport;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.ClusterSockets;

/**
 * Takes a listener from the program without its help: behind the program's number comes a socket to which nobody can
 * connect, so that to the program it looks like a listener that nobody wants.
 *
 * <p>What others listen on too is taken at once. Where nobody else does, the connections that wait are this worker's to
 * serve, or nobody's: it goes on accepting until none waits and none is being made, and then clients are refused.
 */
final class Withdrawal {
    /** How long a handshake may take to be completed: two retransmissions of a lost SYN-ACK, after 1 s and 2 s more. */
    private static final Duration HANDSHAKE = Duration.ofMillis(3_500);

    /** For how long workers without a primary, which all withdraw now, must not find the socket shut down under them. */
    private static final Duration TOGETHER = Duration.ofSeconds(1);

    private static final int NONE = -1;

    private final Listeners listeners;
    private final Listener listener;
    private final boolean last;
    private final boolean orphaned;
    private @Nullable Instant patience;
    private @Nullable Instant replaced;
    private int kept = NONE; // a duplicate, while connections may wait
    private @Nullable Parked parked;

    /**
     * A withdrawal that begins with its first step.
     *
     * @param last whether nobody else listens on it
     * @param orphaned whether other workers may have it all the same, but are withdrawing it at this moment too
     */
    Withdrawal(Listeners listeners, Listener listener, boolean last, boolean orphaned) {
        this.listeners = listeners;
        this.listener = listener;
        this.last = last;
        this.orphaned = orphaned;
    }

    Listener listener() {
        return listener;
    }

    /** What has taken its place; null if it was closed by the program before that. */
    @Nullable
    Parked parked() {
        return parked;
    }

    /**
     * Goes on with it. Does not block.
     *
     * @param handshake whether one was under way on the listener's port just before this call
     * @return whether it is complete
     * @throws IOException if it cannot go on now
     */
    boolean step(boolean handshake) throws IOException {
        var now = Instant.now();
        if (last && patience == null) {
            keep();
            patience = now.plus(HANDSHAKE);
            return false; // handshakes that were under way until now have yet to be looked for
        }
        if (replaced == null) {
            boolean filling = patience != null && handshake && now.isBefore(patience);
            if (listeners.has(listener) && (filling || waits() || !replace())) {
                return false;
            }
            replaced = now;
        }
        if (kept == NONE) {
            return true;
        }
        // a Unix-domain socket could fill again meanwhile
        if (orphaned && isTcp() && now.isBefore(replaced.plus(TOGETHER))) {
            return false;
        }
        // threads that wait in it wake up, and go on to wait in what has taken its place
        Sockets.shutdown(kept);
        Descriptors.close(kept);
        kept = NONE;
        return true;
    }

    private boolean isTcp() {
        return listener.address().transport() == Transport.TCP;
    }

    private boolean waits() throws IOException {
        return kept != NONE && ClusterSockets.hasConnection(kept);
    }

    private void keep() throws IOException {
        synchronized (listeners) {
            if (!listeners.has(listener)) {
                return;
            }
            kept = Descriptors.duplicate(listener.fd());
        }
        if (isTcp()) {
            try {
                PacketFilter.NO_SYN.attach(kept);
            } catch (ErrnoException e) {
                // no memory for it: a handshake that is made between two system calls will be lost
            }
        }
    }

    /** Replaces it, unless the program has closed it; returns false if a connection came meanwhile. */
    private boolean replace() throws IOException {
        synchronized (listeners) {
            if (!listeners.has(listener)) {
                return true;
            }
            int socket = Sockets.parked();
            boolean stays = false;
            try {
                Descriptors.replaceInEpoll(socket, listener.fd());
                if (waits()) {
                    Descriptors.replaceInEpoll(kept, listener.fd());
                    Sockets.shutdown(socket); // a thread that has come to wait there wakes up, and accepts
                    return false;
                }
                stays = true;
            } finally {
                if (!stays) {
                    Descriptors.close(socket);
                }
            }
            var _ = listeners.remove(listener.fd());
            parked = new Parked(socket);
            return true;
        }
    }
}
