package io.netcluster.primary;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Writes down, in a word each, what a supervisor tells of its workers. */
final class Recorder implements Observer {
    private static final long PATIENCE_SECONDS = 20;

    private final Map<Long, List<String>> told = new ConcurrentHashMap<>();
    private final List<String> said = new CopyOnWriteArrayList<>();
    private final Semaphore ended = new Semaphore(0);

    /** What was told of one worker, in order. */
    List<String> of(Worker worker) {
        return told.getOrDefault(worker.id(), List.of());
    }

    /** What was said to whoever runs the cluster. */
    List<String> said() {
        return said;
    }

    /** Waits until so many workers have ended; false if that takes too long. */
    boolean awaitExits(int count) throws InterruptedException {
        return ended.tryAcquire(count, PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private void note(Worker worker, String word) {
        told.computeIfAbsent(worker.id(), _ -> new CopyOnWriteArrayList<>()).add(word);
    }

    @Override
    public void forked(Worker worker) {
        note(worker, "forked");
    }

    @Override
    public void online(Worker worker) {
        note(worker, "online");
    }

    @Override
    public void listening(Worker worker, Worker.Listening listening) {
        note(worker, "listening");
    }

    @Override
    public void listens(Worker worker, Worker.Listening listening) {}

    @Override
    public void closed(Worker worker, Worker.Listening listening) {
        note(worker, "closed");
    }

    @Override
    public void ready(Worker worker) {
        note(worker, "ready");
    }

    @Override
    public void disconnecting(Worker worker) {}

    @Override
    public void draining(Worker worker, int connections) {
        note(worker, "draining");
    }

    @Override
    public void disconnected(Worker worker) {
        note(worker, "disconnected");
    }

    @Override
    public void stopping() {}

    @Override
    public void exited(Worker worker, int status, @Nullable Instant next) {
        note(worker, "exited " + status);
        ended.release();
    }

    @Override
    public void vacant(int slot) {}

    @Override
    public void changing(String what) {}

    @Override
    public void changed(String what, ChangeResult result) {}

    @Override
    public void say(String line) {
        said.add(line);
    }
}
