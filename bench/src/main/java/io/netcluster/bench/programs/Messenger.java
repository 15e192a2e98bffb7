package io.netcluster.bench.programs;

import io.netcluster.Cluster;
import io.netcluster.Worker;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A primary with one worker that measures what it is told to over a connection to the port given: each line is an order
 * and a number, and the answer is the nanoseconds that it took. messenger.js does the same by Node's cluster.
 */
public final class Messenger {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Worker worker;
    private volatile Runnable onMessage = () -> {};
    private long left;

    private Messenger(Worker worker) {
        this.worker = worker;
        worker.onMessage(_ -> onMessage.run());
    }

    /** The primary obeys; the worker answers. */
    public static void main(String[] arguments) throws Exception {
        if (Cluster.isWorker()) {
            work();
            return;
        }
        try (var cluster = Cluster.open();
                var desk = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0]))) {
            var messenger = new Messenger(cluster.fork());
            var in = new BufferedReader(new InputStreamReader(desk.getInputStream(), StandardCharsets.US_ASCII));
            var out = new PrintWriter(desk.getOutputStream(), true, StandardCharsets.US_ASCII);
            for (var line = in.readLine(); line != null; line = in.readLine()) {
                var words = line.split(" ", 2);
                out.println(messenger.measure(words[0], Integer.parseInt(words[1])));
            }
        }
    }

    private long measure(String order, int count) throws Exception {
        return switch (order) {
            case "round-trips" -> roundTrips(count);
            case "requests" -> requests(count);
            case "messages" -> messages(count);
            case "sockets" -> sockets(count);
            case "kept" -> kept(count);
            default -> throw new IllegalArgumentException(order);
        };
    }

    /** One in flight: each that comes back sends the next, as a Node program would. */
    private long roundTrips(int count) throws Exception {
        var done = new CompletableFuture<Long>();
        long start = System.nanoTime();
        left = count;
        onMessage = () -> {
            try {
                if (--left > 0) {
                    worker.send("echo");
                } else {
                    done.complete(System.nanoTime() - start);
                }
            } catch (IOException | InterruptedException e) {
                done.completeExceptionally(e);
            }
        };
        worker.send("echo");
        return done.get();
    }

    private long requests(int count) throws Exception {
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            var _ = worker.request("echo", PATIENCE).get();
        }
        return System.nanoTime() - start;
    }

    /** From the worker to the primary, which counts. */
    private long messages(int count) throws Exception {
        var done = new CompletableFuture<Long>();
        long start = System.nanoTime();
        left = count;
        onMessage = () -> {
            if (--left == 0) {
                done.complete(System.nanoTime() - start);
            }
        };
        worker.send("send " + count);
        return done.get();
    }

    private long sockets(int count) throws Exception {
        var accepted = new ArrayList<SocketChannel>();
        var clients = new ArrayList<SocketChannel>();
        try (var server = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            for (int i = 0; i < count; i++) {
                clients.add(SocketChannel.open(server.getLocalAddress()));
                accepted.add(server.accept());
            }
        }
        var done = new CountDownLatch(1);
        onMessage = done::countDown;
        long start = System.nanoTime();
        worker.send("expect " + count);
        for (var socket : accepted) {
            var _ = worker.send("socket", socket);
        }
        done.await();
        long taken = System.nanoTime() - start;
        for (var client : clients) {
            client.close();
        }
        return taken;
    }

    /** How many bytes of messages of 1 kB a sender gets rid of in two seconds while nobody reads them, of so many MiB. */
    private long kept(int mebibytes) throws Exception {
        var sent = new AtomicLong();
        var message = new byte[1024];
        worker.send("sleep 3000");
        var sender = new Thread(() -> {
            try {
                while (sent.get() < ((long) mebibytes << 20)) {
                    worker.send(message);
                    sent.addAndGet(message.length);
                }
            } catch (IOException | InterruptedException e) {
                return; // as it is to be, when the two seconds are over
            }
        });
        sender.start();
        sender.join(2_000);
        long waiting = sent.get();
        sender.interrupt();
        sender.join();
        return waiting;
    }

    private static void work() throws InterruptedException {
        var primary = Cluster.thisWorker();
        var expected = new AtomicLong();
        primary.onRequest(message -> message.content());
        primary.onMessage(message -> {
            try {
                if (message.socket() != null) {
                    message.socket().close();
                    if (expected.decrementAndGet() == 0) {
                        primary.send("all");
                    }
                    return;
                }
                if (!(message.content() instanceof String text)) {
                    return; // a message that only has to be kept
                }
                var words = text.split(" ", 2);
                switch (words[0]) {
                    case "echo" -> primary.send("echo");
                    case "expect" -> expected.set(Long.parseLong(words[1]));
                    case "send" -> {
                        for (int i = Integer.parseInt(words[1]); i > 0; i--) {
                            primary.send("message " + i);
                        }
                    }
                    case "sleep" -> Thread.sleep(Long.parseLong(words[1]));
                    default -> throw new IllegalArgumentException(text);
                }
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        Thread.currentThread().join();
    }
}
