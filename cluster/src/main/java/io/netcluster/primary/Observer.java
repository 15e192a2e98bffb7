package io.netcluster.primary;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Is told what happens in a cluster, by the supervisor's thread, which waits meanwhile. */
public interface Observer {
    /** A worker's process has been started. */
    void forked(Worker worker);

    /** The worker was started by a primary before this one, which has died, and has been found alive. */
    default void adopted(Worker worker) {}

    /** The worker has said who it is; its main has not been called yet. */
    void online(Worker worker);

    /** The worker has opened a listener. */
    void listening(Worker worker, Worker.Listening listening);

    /** The worker still has the listener, a moment later: it was no probe. */
    void listens(Worker worker, Worker.Listening listening);

    /** The worker has closed the listener. */
    void closed(Worker worker, Worker.Listening listening);

    /** The worker is ready. */
    void ready(Worker worker);

    /** The worker has been asked to finish what it has accepted, and to end. */
    void disconnecting(Worker worker);

    /** The worker drains, and has so many connections still. */
    void draining(Worker worker, int connections);

    /** The worker's link has ended. */
    void disconnected(Worker worker);

    /** The cluster has been told to stop. */
    void stopping();

    /**
     * The worker's process has ended.
     *
     * @param status its exit status; 128 + n is signal n
     * @param next when its slot starts another, which may be now, or null if it does not
     */
    void exited(Worker worker, int status, @Nullable Instant next);

    /** The slot has no worker, and will have none unless one is forked. */
    void vacant(int slot);

    /** A change of the whole cluster begins; what, in words. */
    void changing(String what);

    /** It has ended. */
    void changed(String what, ChangeResult result);

    /** There is something to be said to whoever runs the cluster. */
    void say(String line);
}
