package io.netcluster.primary;

import io.netcluster.sys.Descriptors;
import io.netcluster.wire.Frames;
import io.netcluster.wire.Frames.Received;
import io.netcluster.wire.Message.Attach;
import io.netcluster.wire.Message.Close;
import io.netcluster.wire.Message.Disconnect;
import io.netcluster.wire.Message.Draining;
import io.netcluster.wire.Message.FromWorker;
import io.netcluster.wire.Message.Hello;
import io.netcluster.wire.Message.Holding;
import io.netcluster.wire.Message.Listen;
import io.netcluster.wire.Message.Listening;
import io.netcluster.wire.Message.Pong;
import io.netcluster.wire.Message.Ready;
import io.netcluster.wire.Message.Settled;
import io.netcluster.wire.Message.Welcome;
import io.netcluster.wire.Message.Withdraw;
import io.netcluster.wire.MessageChannel;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is said on the links: who is a worker, and what it wants.
 *
 * <p>Confined to the supervisor's thread.
 */
final class Conversation {
    private final Slots slots;
    private final Listeners listeners;
    private final Observer observer;
    private final Adoption adoption;

    Conversation(Slots slots, Listeners listeners, Observer observer, Adoption adoption) {
        this.adoption = adoption;
        this.slots = slots;
        this.listeners = listeners;
        this.observer = observer;
    }

    /** A process says that it is a worker; returns whether it is. */
    boolean greeted(WorkerLink link, Hello hello) {
        for (var worker : slots.workers()) {
            if (worker.id() == hello.worker()
                    && worker.recognizes(hello, link.peer().pid())) {
                worker.link(link);
                link.answer(new Welcome(ProcessHandle.current().pid()), Frames.NONE);
                observer.online(worker);
                slots.online(worker);
                return true;
            }
        }
        return false;
    }

    /** A worker's second connection is for messages, if this cluster's program takes any; null if this is none. */
    @Nullable
    MessageChannel attaching(WorkerLink link, Attach attach) {
        for (var worker : slots.workers()) {
            var first = worker.link();
            if (worker.id() == attach.worker()
                    && first != null
                    && first.peer().pid() == link.peer().pid()
                    && worker.hasToken(attach.token())) {
                return worker.channel();
            }
        }
        return null;
    }

    /** A message has come; a descriptor with it is closed or kept. */
    void received(WorkerLink link, Received received) {
        var worker = workerOf(link);
        var message = received.message() instanceof FromWorker known ? known : null;
        if (worker == null
                || message == null
                || received.descriptor().isPresent() != (message instanceof Listen || message instanceof Holding)) {
            received.descriptor().ifPresent(Descriptors::close);
            if (worker != null) {
                misbehaves(link, "it sent what no worker sends: " + received.message());
            }
            return;
        }
        if (message instanceof Listen || message instanceof Withdraw || message instanceof Close) {
            adoption.settled(worker); // or it would not ask
            if (!adoption.isOver()) {
                adoption.afterwards(() -> received(link, received));
                return;
            }
        }
        switch (message) {
            case Hello _, Attach _ -> misbehaves(link, "it said hello twice");
            case Ready _ -> slots.saidReady(worker);
            case Disconnect(long millis) -> slots.drain(worker, Duration.ofMillis(millis));
            case Pong pong -> worker.beats(pong.heapUsed(), pong.heapMax());
            case Holding holding ->
                holds(worker, link, holding, received.descriptor().getAsInt());
            case Settled _ -> adoption.settled(worker);
            case Draining(int connections) -> {
                slots.drains(worker);
                observer.draining(worker, connections);
            }
            case Listen listen ->
                listeners.listen(worker, link, listen, received.descriptor().getAsInt());
            case Listening listening -> listeners.listens(worker, listening);
            case Withdraw(long grant) -> listeners.withdraw(worker, link, grant);
            case Close(long grant) -> listeners.close(worker, link, grant);
        }
    }

    private void holds(Worker worker, WorkerLink link, Holding holding, int fd) {
        try {
            listeners.holds(worker, holding, fd);
        } catch (IOException e) {
            misbehaves(link, String.valueOf(e.getMessage()));
        }
    }

    private void misbehaves(WorkerLink link, String why) {
        observer.say("closing the link of process " + link.peer().pid() + ": " + why);
        link.hangUp();
    }

    /** The link has ended. */
    void ended(WorkerLink link) {
        var worker = workerOf(link);
        if (worker != null) {
            slots.disconnected(worker);
        }
    }

    private @Nullable Worker workerOf(WorkerLink link) {
        for (var worker : slots.workers()) {
            if (worker.link() == link) {
                return worker;
            }
        }
        return null;
    }
}
