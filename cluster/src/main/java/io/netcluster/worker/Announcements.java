package io.netcluster.worker;

import io.netcluster.wire.Address;
import io.netcluster.wire.Message.Close;
import io.netcluster.wire.Message.FromWorker;
import io.netcluster.wire.Message.Listening;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Tells the primary, a moment later, of the listeners that are the worker's own.
 *
 * <p>A message wakes the primary, and to wake a sleeping process takes longer than all the rest of a {@code listen(0)};
 * nor need the program wait for the link. So a thread of its own, which is started by the first such listener, sends what
 * has gathered. A listener that was closed meanwhile, as probes for a free port are, is never spoken of.
 */
final class Announcements implements Runnable {
    private static final long MOMENT_MILLIS = 1;

    private final Link link;
    private final Map<Long, FromWorker> waiting = new LinkedHashMap<>(); // by grant
    private boolean started;
    private boolean idle;

    Announcements(Link link) {
        this.link = link;
    }

    /** The worker listens. Any thread; does not block. */
    synchronized void opened(long grant, Address address) {
        add(grant, new Listening(grant, address));
    }

    /** It does no longer. Any thread; does not block. */
    synchronized void closed(long grant) {
        if (waiting.remove(grant) == null) {
            add(grant, new Close(grant));
        }
    }

    private void add(long grant, FromWorker message) {
        waiting.put(grant, message);
        if (idle) {
            idle = false;
            notifyAll();
        } else if (!started) {
            started = true;
            var thread = new Thread(null, this, "netcluster-announce", 0, false);
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** What the thread does. */
    @Override
    public void run() {
        try {
            while (true) {
                for (var message : gathered()) {
                    tell(message);
                }
            }
        } catch (InterruptedException e) {
            return; // nobody knows this thread
        }
    }

    private void tell(FromWorker message) {
        try {
            link.tellLater(message);
        } catch (IOException e) {
            // the listener works all the same; a primary that cannot be told is gone, and the link's thread acts on it
        }
    }

    @SuppressWarnings("ThreadSleep") // to let things gather is the purpose
    private List<FromWorker> gathered() throws InterruptedException {
        awaitFirst();
        TimeUnit.MILLISECONDS.sleep(MOMENT_MILLIS);
        synchronized (this) {
            var all = new ArrayList<>(waiting.values());
            waiting.clear();
            return all;
        }
    }

    private synchronized void awaitFirst() throws InterruptedException {
        while (waiting.isEmpty()) {
            idle = true;
            wait();
        }
    }
}
