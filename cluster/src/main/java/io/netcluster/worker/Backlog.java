package io.netcluster.worker;

import io.netcluster.wire.Frames;
import io.netcluster.wire.Message.FromWorker;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to be told without waiting for a primary: while there is none, it is put aside.
 *
 * <p>What was put aside before the hand-back began need not be told any more, for that tells how things are. What comes
 * while it is under way is told after it.
 */
final class Backlog {
    private final List<FromWorker> waiting = new ArrayList<>();
    private @Nullable Frames frames;

    /** Tells it now, or after the next hand-back. Any thread. */
    synchronized void tell(FromWorker message) throws IOException {
        if (frames == null) {
            waiting.add(message);
        } else {
            frames.send(message, Frames.NONE);
        }
    }

    /** A hand-back begins. */
    synchronized void forget() {
        waiting.clear();
    }

    /** There is a primary that knows all that has not been put aside. */
    synchronized void open(Frames to) throws IOException {
        for (var message : waiting) {
            to.send(message, Frames.NONE);
        }
        waiting.clear();
        frames = to;
    }

    /** There is none any more. */
    synchronized void close() {
        frames = null;
    }
}
