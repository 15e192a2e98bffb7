package io.netcluster.primary;

import io.netcluster.sys.Descriptors;
import io.netcluster.sys.Errno;
import io.netcluster.wire.Frames;
import io.netcluster.wire.Message.Granted;
import io.netcluster.wire.Message.Holding;
import io.netcluster.wire.Message.Listen;
import io.netcluster.wire.Message.Listening;
import io.netcluster.wire.Message.Refused;
import io.netcluster.wire.Message.Released;
import io.netcluster.wire.Message.Withdrawn;
import java.io.IOException;
import java.time.Duration;
import java.util.OptionalInt;

/** Answers what workers say about listeners. Confined to the supervisor's thread. */
final class Listeners {
    /** A listener that is closed sooner than this was a probe, and is not spoken of. */
    private static final Duration PROBE = Duration.ofMillis(100);

    /** How long a replacement may take to ask for the sockets of its predecessor's SO_REUSEPORT groups. */
    private static final Duration CLAIM = Duration.ofSeconds(10);

    private final Slots slots;
    private final ListenerTable table;
    private final Observer observer;

    Listeners(Slots slots, ListenerTable table, Observer observer) {
        this.slots = slots;
        this.table = table;
        this.observer = observer;
    }

    /**
     * A worker asks for an address and offers its program's own socket, which is the table's from now on. One that has been
     * asked to end is not answered: as a rule its program has only begun, and its JVM ends while it waits. It would accept
     * connections, and nobody would finish them.
     */
    void listen(Worker worker, WorkerLink link, Listen listen, int offered) {
        if (slots.isEnding(worker)) {
            Descriptors.close(offered);
            return;
        }
        slots.asked();
        switch (table.listen(worker.slot(), worker.id(), listen.address(), listen.policy(), offered)) {
            case ListenerTable.Bound(Listener listener) -> granted(worker, link, listen, listener, Frames.NONE);
            case ListenerTable.Joined(Listener listener) ->
                granted(worker, link, listen, listener, OptionalInt.of(listener.fd()));
            case ListenerTable.Refused(int errno) -> link.answer(new Refused(listen.grant(), errno), Frames.NONE);
            case ListenerTable.Foreign() -> {
                int port = listen.address().port();
                observer.say(worker + " cannot have " + listen.address() + " (UDP): the service manager has opened it"
                        + " for IPv4, and the program's is an IPv6 socket. Either give the worker's JVM"
                        + " -Djava.net.preferIPv4Stack=true, or have an IPv6 address opened, such as [::]:" + port
                        + " or [::ffff:127.0.0.1]:" + port);
                link.answer(new Refused(listen.grant(), Errno.EAFNOSUPPORT.number()), Frames.NONE);
            }
        }
    }

    private void granted(Worker worker, WorkerLink link, Listen listen, Listener listener, OptionalInt descriptor) {
        link.answer(new Granted(listen.grant(), listener.key().portZero().number()), descriptor);
        has(worker, listen.grant(), new Worker.Listening(listener, listener.address()));
    }

    /** It has opened one of its own. */
    void listens(Worker worker, Listening listening) {
        if (!worker.grants().containsKey(listening.grant())) { // what a hand-back tells may be on its way as well
            has(worker, listening.grant(), new Worker.Listening(null, listening.address()));
        }
    }

    /** A worker of a primary before this one hands a listener back, which is the table's from now on. */
    void holds(Worker worker, Holding holding, int fd) throws IOException {
        if (worker.grants().containsKey(holding.grant())) {
            Descriptors.close(fd);
            throw new IOException("it hands back a listener twice");
        }
        slots.asked();
        var listener = table.adopt(worker.slot(), worker.id(), holding, fd);
        has(worker, holding.grant(), new Worker.Listening(listener, listener.address()));
    }

    private void has(Worker worker, long grant, Worker.Listening listening) {
        worker.grants().put(grant, listening);
        observer.listening(worker, listening);
        slots.opened(worker);
        slots.later(PROBE, worker, () -> {
            if (worker.grants().containsKey(grant)) {
                observer.listens(worker, listening);
            }
        });
        if (listening.listener() != null && listening.listener().reusesPort()) {
            slots.later(CLAIM, worker, () -> table.releaseUnclaimed(worker.slot()));
        }
    }

    /**
     * A worker that drains leaves a listener to the others that have it; alone, it empties the queue and shuts the socket
     * down. So nobody may join it from now on, and it is told so only when those that had it until now accept no more: a
     * shut listener fails who accepts.
     */
    void withdraw(Worker worker, WorkerLink link, long grant) {
        var listening = worker.grants().get(grant);
        var listener = listening == null ? null : listening.listener();
        if (listener == null) {
            link.answer(new Withdrawn(grant, false), Frames.NONE);
        } else if (slots.hasNext(worker)) {
            table.orphan(listener, worker.id());
            link.answer(new Withdrawn(grant, false), Frames.NONE);
        } else if (table.isLast(listener, worker.id(), worker.slot())) {
            table.withdraw(listener, worker.id());
            listener.whenWithdrawn(() -> link.answer(new Withdrawn(grant, true), Frames.NONE));
        } else {
            table.withdraw(listener, worker.id());
            listener.withdraws(worker.id());
            link.answer(new Withdrawn(grant, false), Frames.NONE);
        }
    }

    /** It has closed a listener. */
    void close(Worker worker, WorkerLink link, long grant) {
        var listening = worker.grants().remove(grant);
        if (listening != null) {
            observer.closed(worker, listening);
        }
        if (listening != null && listening.listener() == null) {
            return; // one of its own: nobody waits for an answer
        }
        if (listening != null && listening.listener() != null) {
            table.release(listening.listener(), worker.id());
            listening.listener().withdrawn(worker.id());
        }
        link.answer(new Released(grant), Frames.NONE);
    }
}
