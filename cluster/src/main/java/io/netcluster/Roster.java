package io.netcluster;

import io.netcluster.primary.Observer;
import io.netcluster.primary.Worker.Listening;
import io.netcluster.wire.Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A cluster's workers, kept up to date by what the supervisor observes, which it hands to the listeners as events. */
final class Roster implements Observer {
    private final Cluster cluster;
    private final Contents contents;
    private final Delivery delivery;
    private final ConcurrentNavigableMap<Long, Worker> workers = new ConcurrentSkipListMap<>();
    private final Map<Worker, Map<Listening, Listener>> known = new HashMap<>(); // the supervisor's thread's
    private final Set<Integer> waiting = new HashSet<>(); // likewise: slots whose next worker will be started
    private int running; // workers whose end has not been told, and slots that will have another

    Roster(Cluster cluster, Contents contents, Delivery delivery) {
        this.cluster = cluster;
        this.contents = contents;
        this.delivery = delivery;
    }

    /** Live, by id; not to be changed by who gets it. */
    Map<Long, Worker> workers() {
        return Collections.unmodifiableMap(workers);
    }

    /** By the supervisor's thread, which observes a worker's end after all else: until then it is listed. */
    Worker of(io.netcluster.primary.Worker handle) {
        return Objects.requireNonNull(workers.get(handle.id()));
    }

    /** Waits until no worker is left and none will be started, or time is up; returns whether that is so. */
    synchronized boolean awaitExit(long nanos) throws InterruptedException {
        long deadline = System.nanoTime() + nanos;
        while (running > 0) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return true;
    }

    /** Whether a worker is left, or will be started. */
    synchronized boolean isRunning() {
        return running > 0;
    }

    private synchronized void count(int more) {
        running += more;
        notifyAll();
    }

    // ------------------------------------------------------------------ by the supervisor's thread

    @Override
    public void forked(io.netcluster.primary.Worker handle) {
        var worker = new Worker(cluster, handle, contents, delivery);
        if (!waiting.remove(worker.slot())) {
            count(1);
        }
        workers.put(worker.id(), worker);
        happens(new Event.Forked(worker));
    }

    @Override
    public void online(io.netcluster.primary.Worker handle) {
        var worker = of(handle);
        delivery.later(() -> {
            worker.became(Worker.State.ONLINE);
            delivery.deliver(new Event.Online(worker));
            worker.online().complete(null);
        });
    }

    @Override
    public void listening(io.netcluster.primary.Worker handle, Listening listening) {
        var worker = of(handle);
        var listener = listener(listening);
        known.computeIfAbsent(worker, _ -> new IdentityHashMap<>()).put(listening, listener);
        delivery.later(() -> {
            worker.opened(listener);
            delivery.deliver(new Event.Listening(worker, listener));
        });
    }

    @Override
    public void listens(io.netcluster.primary.Worker handle, Listening listening) {}

    @Override
    public void closed(io.netcluster.primary.Worker handle, Listening listening) {
        var worker = of(handle);
        var listener =
                Objects.requireNonNull(known.getOrDefault(worker, Map.of()).remove(listening));
        delivery.later(() -> {
            worker.closed(listener);
            delivery.deliver(new Event.Closed(worker, listener));
        });
    }

    @Override
    public void ready(io.netcluster.primary.Worker handle) {
        var worker = of(handle);
        delivery.later(() -> {
            worker.became(Worker.State.READY);
            delivery.deliver(new Event.Ready(worker));
        });
    }

    @Override
    public void disconnecting(io.netcluster.primary.Worker handle) {
        of(handle).isDisconnecting();
    }

    @Override
    public void draining(io.netcluster.primary.Worker handle, int connections) {
        var worker = of(handle);
        delivery.later(() -> {
            worker.became(Worker.State.DRAINING);
            worker.has(connections);
            delivery.deliver(new Event.Draining(worker, connections));
        });
    }

    @Override
    public void disconnected(io.netcluster.primary.Worker handle) {
        happens(new Event.Disconnected(of(handle)));
    }

    @Override
    public void stopping() {}

    /** What the worker has sent comes first: its channel ends when its process does. */
    @Override
    public void exited(io.netcluster.primary.Worker handle, int status, @Nullable Instant next) {
        var worker = of(handle);
        known.remove(worker);
        if (next != null) {
            waiting.add(handle.slot());
            count(1);
        }
        worker.messaging().peerEnded();
        delivery.later(() -> worker.online().complete(null)); // it may have ended before it ever was
        var channel = Objects.requireNonNull(handle.channel());
        var _ = channel.ended()
                .thenRun(() -> delivery.later(() -> {
                    var exit = new Exit(status);
                    workers.remove(worker.id());
                    worker.ended(exit);
                    delivery.deliver(new Event.Exited(worker, exit));
                    count(-1);
                }));
    }

    @Override
    public void vacant(int slot) {
        if (waiting.remove(slot)) {
            count(-1);
        }
    }

    @Override
    public void changing(String what) {}

    @Override
    public void changed(String what, io.netcluster.primary.ChangeResult result) {}

    @Override
    public void say(String line) {
        cluster.complain(line);
    }

    private void happens(Event event) {
        delivery.later(() -> delivery.deliver(event));
    }

    private static Listener listener(Listening listening) {
        var address = listening.address();
        return new Listener(
                socketAddress(address),
                switch (address.transport()) {
                    case TCP -> Listener.Transport.TCP;
                    case UDP -> Listener.Transport.UDP;
                    case UNIX -> Listener.Transport.UNIX;
                },
                listening.isShared());
    }

    private static SocketAddress socketAddress(Address address) {
        if (address.transport() == Address.Transport.UNIX) {
            // an abstract name begins with a NUL, which no path may have, and is written with an @
            return UnixDomainSocketAddress.of(new String(address.bytes(), StandardCharsets.UTF_8).replace('\0', '@'));
        }
        try {
            var host = address.scope() == 0
                    ? InetAddress.getByAddress(address.bytes())
                    : Inet6Address.getByAddress(null, address.bytes(), address.scope());
            return new InetSocketAddress(host, address.port());
        } catch (UnknownHostException e) {
            throw new AssertionError(e); // the length was checked
        }
    }
}
