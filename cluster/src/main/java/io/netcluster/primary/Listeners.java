package io.netcluster.primary;

import io.netcluster.sys.Descriptors;
import io.netcluster.wire.Frames;
import io.netcluster.wire.Frames.Received;
import io.netcluster.wire.Message.Attach;
import io.netcluster.wire.Message.Close;
import io.netcluster.wire.Message.Disconnect;
import io.netcluster.wire.Message.Draining;
import io.netcluster.wire.Message.FromWorker;
import io.netcluster.wire.Message.Granted;
import io.netcluster.wire.Message.Hello;
import io.netcluster.wire.Message.Listen;
import io.netcluster.wire.Message.Listening;
import io.netcluster.wire.Message.Ready;
import io.netcluster.wire.Message.Refused;
import io.netcluster.wire.Message.Released;
import io.netcluster.wire.Message.Withdraw;
import io.netcluster.wire.Message.Withdrawn;
import java.time.Duration;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Answers what workers say about listeners. Confined to the supervisor's thread. */
final class Listeners {
    /** A listener that is closed sooner than this was a probe, and is not spoken of. */
    private static final Duration PROBE = Duration.ofMillis(100);

    /** How long a replacement may take to ask for the sockets of its predecessor's SO_REUSEPORT groups. */
    private static final Duration CLAIM = Duration.ofSeconds(10);

    private final ListenerTable table = new ListenerTable();
    private final Supervisor supervisor;
    private final Observer observer;

    Listeners(Supervisor supervisor, Observer observer) {
        this.supervisor = supervisor;
        this.observer = observer;
    }

    ListenerTable table() {
        return table;
    }

    /** Handles what came over a link; its worker is null if that has died meanwhile. */
    void handle(@Nullable Worker worker, WorkerLink link, Received received) {
        var message = received.message() instanceof FromWorker known ? known : null;
        if (worker == null || message == null || received.descriptor().isPresent() != message instanceof Listen) {
            received.descriptor().ifPresent(Descriptors::close);
            if (worker != null) {
                misbehaves(link, "it sent what no worker sends: " + received.message());
            }
            return;
        }
        switch (message) {
            case Hello _, Attach _ -> misbehaves(link, "it said hello twice");
            case Ready _ -> supervisor.saidReady(worker);
            case Disconnect(long millis) -> supervisor.askedToDrain(worker, Duration.ofMillis(millis));
            case Draining(int connections) -> observer.draining(worker, connections);
            case Withdraw(long grant) -> withdraw(worker, link, grant);
            case Listen listen ->
                listen(worker, link, listen, received.descriptor().getAsInt());
            case Listening listening -> has(worker, listening.grant(), new Worker.Listening(null, listening.address()));
            case Close close -> close(worker, link, close.grant());
        }
    }

    private void misbehaves(WorkerLink link, String why) {
        observer.say("closing the link of process " + link.peer().pid() + ": " + why);
        link.hangUp();
    }

    private void listen(Worker worker, WorkerLink link, Listen listen, int offered) {
        supervisor.asked();
        switch (table.listen(worker.slot(), worker.id(), listen.address(), offered)) {
            case ListenerTable.Bound(Listener listener) -> granted(worker, link, listen, listener, Frames.NONE);
            case ListenerTable.Joined(Listener listener) ->
                granted(worker, link, listen, listener, OptionalInt.of(listener.fd()));
            case ListenerTable.Refused(int errno) -> link.answer(new Refused(listen.grant(), errno), Frames.NONE);
        }
    }

    private void granted(Worker worker, WorkerLink link, Listen listen, Listener listener, OptionalInt descriptor) {
        link.answer(new Granted(listen.grant()), descriptor);
        has(worker, listen.grant(), new Worker.Listening(listener, listen.address()));
    }

    private void has(Worker worker, long grant, Worker.Listening listening) {
        worker.grants().put(grant, listening);
        observer.listening(worker, listening);
        supervisor.opened(worker);
        supervisor.later(PROBE, worker, () -> {
            if (worker.grants().containsKey(grant)) {
                observer.listens(worker, listening);
            }
        });
        if (listening.listener() != null && listening.listener().reusesPort()) {
            supervisor.later(CLAIM, worker, () -> table.releaseUnclaimed(worker.slot()));
        }
    }

    /**
     * A worker that drains leaves a listener to the others that have it; alone, it empties the queue and shuts the socket
     * down. So nobody may join it from now on.
     */
    private void withdraw(Worker worker, WorkerLink link, long grant) {
        var listening = worker.grants().get(grant);
        var listener = listening == null ? null : listening.listener();
        boolean last = listener != null && listener.isOnlyOf(worker.slot());
        if (listener != null) {
            table.release(listener, worker.slot());
        }
        link.answer(new Withdrawn(grant, last), Frames.NONE);
    }

    private void close(Worker worker, WorkerLink link, long grant) {
        var listening = worker.grants().remove(grant);
        if (listening != null) {
            observer.closed(worker, listening);
        }
        if (listening != null && listening.listener() == null) {
            return; // one of its own: nobody waits for an answer
        }
        if (listening != null && listening.listener() != null) {
            table.release(listening.listener(), worker.slot());
        }
        link.answer(new Released(grant), Frames.NONE);
    }
}
