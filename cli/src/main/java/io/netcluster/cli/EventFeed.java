package io.netcluster.cli;

import io.netcluster.primary.ChangeResult;
import io.netcluster.primary.Observer;
import io.netcluster.primary.Worker;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What happens in a cluster, as lines of JSON: the last of them for whoever asks later, and all for whoever follows.
 *
 * <p>Told by the supervisor's thread, which nobody can hold up: who follows and does not keep up is cut off.
 */
final class EventFeed implements Observer {
    private static final int REMEMBERED = 1000;
    private static final int BACKLOG = 4096;

    private final Deque<ObjectNode> remembered = new ArrayDeque<>(); // guarded by this
    private final List<Follower> followers = new CopyOnWriteArrayList<>();
    private final Set<Long> proven = new HashSet<>(); // ids of workers that have been ready; the supervisor's thread's

    /** Who hears of everything from a moment on. */
    final class Follower implements AutoCloseable {
        private final LinkedBlockingQueue<ObjectNode> queue = new LinkedBlockingQueue<>(BACKLOG);
        private final List<ObjectNode> before;
        private volatile boolean lost;

        private Follower(List<ObjectNode> before) {
            this.before = before;
        }

        /** What had happened before. */
        List<ObjectNode> before() {
            return before;
        }

        /** What happens next; null if nothing does within that time. */
        @Nullable
        ObjectNode next(long millis) throws InterruptedException {
            return queue.poll(millis, TimeUnit.MILLISECONDS);
        }

        /** Whether it has not kept up, and hears nothing more. */
        boolean isLost() {
            return lost && queue.isEmpty();
        }

        private boolean hears(ObjectNode event) {
            lost = !queue.offer(event);
            return !lost;
        }

        @Override
        public void close() {
            followers.remove(this);
        }
    }

    /** Begins to follow; whoever does closes it. */
    synchronized Follower follow(int last) {
        var all = new ArrayList<>(remembered);
        var follower = new Follower(all.subList(Math.max(0, all.size() - last), all.size()));
        followers.add(follower);
        return follower;
    }

    private synchronized void tell(ObjectNode event) {
        if (remembered.size() == REMEMBERED) {
            remembered.removeFirst();
        }
        remembered.addLast(event);
        followers.removeIf(follower -> !follower.hears(event));
    }

    private static ObjectNode event(String name) {
        return Json.object()
                .put("time", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString())
                .put("event", name);
    }

    private static ObjectNode event(String name, Worker worker) {
        return event(name)
                .put("slot", worker.slot())
                .put("worker", worker.id())
                .put("pid", worker.pid())
                .put("generation", worker.generation());
    }

    @Override
    public void forked(Worker worker) {
        tell(event("forked", worker));
    }

    @Override
    public void adopted(Worker worker) {
        proven.add(worker.id());
        tell(event("adopted", worker));
    }

    @Override
    public void online(Worker worker) {
        tell(event("online", worker));
    }

    @Override
    public void listening(Worker worker, Worker.Listening listening) {}

    @Override
    public void listens(Worker worker, Worker.Listening listening) {
        tell(event("listening", worker).put("address", listening.toString()));
    }

    @Override
    public void closed(Worker worker, Worker.Listening listening) {
        tell(event("closed", worker).put("address", listening.toString()));
    }

    @Override
    public void ready(Worker worker) {
        proven.add(worker.id());
        tell(event("ready", worker));
    }

    @Override
    public void disconnecting(Worker worker) {
        tell(event("draining", worker));
    }

    @Override
    public void draining(Worker worker, int connections) {
        tell(event("connections", worker).put("connections", connections));
    }

    @Override
    public void disconnected(Worker worker) {
        tell(event("disconnected", worker));
    }

    @Override
    public void stopping() {
        tell(event("stopping"));
    }

    @Override
    public void exited(Worker worker, int status, @Nullable Instant next) {
        boolean wasReady = proven.remove(worker.id());
        var event = event("exited", worker).put("status", status).put("ready", wasReady);
        if (next != null) {
            event.put("next", next.toString());
        }
        if (!wasReady) {
            var lines = event.putArray("lines");
            worker.lastLines().forEach(lines::add);
        }
        tell(event);
    }

    @Override
    public void vacant(int slot) {
        tell(event("vacant").put("slot", slot));
    }

    @Override
    public void changing(String what) {
        tell(event("changing").put("change", what));
    }

    @Override
    public void changed(String what, ChangeResult result) {
        var event = event("changed").put("change", what);
        switch (result) {
            case ChangeResult.Done _ -> event.put("result", "done");
            case ChangeResult.Failed failed -> event.put("result", "failed").put("why", failed.why());
            case ChangeResult.Refused refused -> event.put("result", "refused").put("why", refused.why());
        }
        tell(event);
    }

    @Override
    public void say(String line) {
        tell(event("said").put("line", line));
    }
}
