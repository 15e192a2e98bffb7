package io.netcluster.primary;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Tells two observers, one after the other. */
record Observers(Observer first, Observer second) implements Observer {
    @Override
    public void forked(Worker worker) {
        first.forked(worker);
        second.forked(worker);
    }

    @Override
    public void adopted(Worker worker) {
        first.adopted(worker);
        second.adopted(worker);
    }

    @Override
    public void online(Worker worker) {
        first.online(worker);
        second.online(worker);
    }

    @Override
    public void listening(Worker worker, Worker.Listening listening) {
        first.listening(worker, listening);
        second.listening(worker, listening);
    }

    @Override
    public void listens(Worker worker, Worker.Listening listening) {
        first.listens(worker, listening);
        second.listens(worker, listening);
    }

    @Override
    public void closed(Worker worker, Worker.Listening listening) {
        first.closed(worker, listening);
        second.closed(worker, listening);
    }

    @Override
    public void ready(Worker worker) {
        first.ready(worker);
        second.ready(worker);
    }

    @Override
    public void disconnecting(Worker worker) {
        first.disconnecting(worker);
        second.disconnecting(worker);
    }

    @Override
    public void draining(Worker worker, int connections) {
        first.draining(worker, connections);
        second.draining(worker, connections);
    }

    @Override
    public void disconnected(Worker worker) {
        first.disconnected(worker);
        second.disconnected(worker);
    }

    @Override
    public void stopping() {
        first.stopping();
        second.stopping();
    }

    @Override
    public void exited(Worker worker, int status, @Nullable Instant next) {
        first.exited(worker, status, next);
        second.exited(worker, status, next);
    }

    @Override
    public void vacant(int slot) {
        first.vacant(slot);
        second.vacant(slot);
    }

    @Override
    public void changing(String what) {
        first.changing(what);
        second.changing(what);
    }

    @Override
    public void changed(String what, ChangeResult result) {
        first.changed(what, result);
        second.changed(what, result);
    }

    @Override
    public void say(String line) {
        first.say(line);
        second.say(line);
    }
}
