package io.netcluster.worker;

import io.netcluster.sys.Descriptors;
import io.netcluster.wire.Frames;
import io.netcluster.wire.Message.Holding;
import io.netcluster.wire.Message.Listening;
import io.netcluster.wire.Message.Ready;
import io.netcluster.wire.Message.Settled;
import java.io.IOException;
import java.util.OptionalInt;

/** Tells a new primary all that the dead one knew of this worker, and gives it the listeners. */
final class HandBack {
    private static final long MOST_NANOS = 1_000_000_000; // for what takes a thread of the program microseconds

    private final Listeners listeners;
    private int arriving; // listeners that have been granted, and are not among the others yet
    private boolean ready;

    HandBack(Listeners listeners) {
        this.listeners = listeners;
    }

    /** A listener has been granted: a hand-back waits until it {@link #arrived}. */
    synchronized void granted() {
        arriving++;
    }

    /** It is among the others, or will never be. */
    synchronized void arrived() {
        arriving--;
        notifyAll();
    }

    /** The program has said that it is ready. */
    synchronized void saidReady() {
        ready = true;
    }

    /** Tells it all. */
    void send(Frames frames) throws IOException, InterruptedException {
        awaitArrivals();
        if (hasSaidReady()) {
            frames.send(new Ready(), Frames.NONE);
        }
        for (var listener : listeners.all()) {
            var share = listener.share();
            if (share == null) {
                frames.send(new Listening(listener.grant(), listener.address()), Frames.NONE);
            } else {
                send(frames, listener, share);
            }
        }
        frames.send(new Settled(), Frames.NONE);
    }

    private synchronized boolean hasSaidReady() {
        return ready;
    }

    private void send(Frames frames, Listener listener, Share share) throws IOException {
        int duplicate;
        synchronized (listeners) {
            if (!listeners.has(listener) || listeners.isWithdrawn(listener)) {
                return; // its program has closed it just now, or others must not join it any more
            }
            duplicate = Descriptors.duplicate(listener.fd());
        }
        try {
            var holding = new Holding(
                    listener.grant(), share.asked(), listener.address().port(), share.policy(), share.number());
            frames.send(holding, OptionalInt.of(duplicate));
        } finally {
            Descriptors.close(duplicate);
        }
    }

    private synchronized void awaitArrivals() throws InterruptedException {
        long deadline = System.nanoTime() + MOST_NANOS;
        for (long left = MOST_NANOS; arriving > 0 && left > 0; left = deadline - System.nanoTime()) {
            wait(Math.max(1, left / 1_000_000));
        }
    }
}
