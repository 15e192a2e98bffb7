package io.netcluster.it;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Every connection that was opened, and what became of it.
 *
 * <p>A connection sends one line and is served when the answer is {@code <slot> <pid> <that line>}; anything else is a
 * loss, with its reason. Nothing is ever tried twice.
 */
final class Ledger {
    private static final int TIMEOUT_MILLIS = 20_000;
    private static final int THOUGHT_MILLIS = 20; // at most

    private final Client client;
    private final AtomicInteger opened = new AtomicInteger();
    private final ConcurrentLinkedQueue<Answer> served = new ConcurrentLinkedQueue<>();
    private final AtomicInteger answers = new AtomicInteger(); // as the size of that queue is counted anew each time
    private final ConcurrentLinkedQueue<String> lost = new ConcurrentLinkedQueue<>();

    /** Who served a connection. */
    record Answer(int slot, long pid) {}

    Ledger(int port) {
        this(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    Ledger(InetSocketAddress address) {
        this(line -> exchange(address, line));
    }

    Ledger(Client client) {
        this.client = client;
    }

    /** Opens a connection, sends a line and returns the answer. */
    interface Client {
        @Nullable
        String exchange(String line) throws Exception;
    }

    /** Opens so many connections by so many threads at once, and waits for all. */
    Ledger connect(int connections, int threads) throws InterruptedException {
        var todo = new AtomicInteger(connections);
        var running = new ArrayList<Thread>();
        for (int i = 0; i < threads; i++) {
            running.add(Thread.ofVirtual().start(() -> {
                while (todo.getAndDecrement() > 0) {
                    connect();
                }
            }));
        }
        for (var thread : running) {
            thread.join();
        }
        return this;
    }

    /** Opens so many connections at once; closing this waits for all. */
    AutoCloseable burst(int connections) {
        var running = Thread.ofVirtual().unstarted(() -> {
            try {
                var _ = connect(connections, connections);
            } catch (InterruptedException e) {
                lost.add("interrupted");
            }
        });
        running.start();
        return running::join;
    }

    /** Whether nobody listens on a port any more. */
    static boolean isRefused(int port) {
        try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return false;
        } catch (ConnectException e) {
            return true;
        } catch (IOException e) {
            return false; // reset: somebody has listened until now
        }
    }

    /**
     * Connects again and again, by so many threads, until told to stop. Each thinks between two connections, as long as
     * chance will have it: all at any moment, and leaving the processors to the processes under test.
     */
    Load load(int threads) {
        return new Load(threads);
    }

    /** Connections without an end. */
    final class Load implements AutoCloseable {
        private final CountDownLatch stop = new CountDownLatch(1);
        private final List<Thread> running = new ArrayList<>();

        private Load(int threads) {
            for (int i = 0; i < threads; i++) {
                running.add(Thread.ofVirtual().start(() -> {
                    do {
                        connect();
                    } while (!think(stop));
                }));
            }
        }

        /** Waits until so many more connections have been served. */
        void awaitServed(int connections) {
            int goal = answers.get() + connections;
            Running.await("served " + goal, _ -> answers.get() >= goal);
        }

        @Override
        public void close() throws InterruptedException {
            stop.countDown();
            for (var thread : running) {
                thread.join();
            }
        }
    }

    /** Does nothing for a moment; returns whether it is told to stop. */
    static boolean think(CountDownLatch stop) {
        try {
            return stop.await(ThreadLocalRandom.current().nextInt(THOUGHT_MILLIS), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody knows this thread", e);
        }
    }

    /** Whether a connection is served; it is in no book. */
    boolean connectQuietly() {
        var probe = new Ledger(client);
        probe.connect();
        return probe.served() == 1;
    }

    void connect() {
        int number = opened.incrementAndGet();
        var sent = "connection-" + number;
        try {
            book(sent, client.exchange(sent));
        } catch (Exception e) {
            lost.add(sent + ": " + e);
        }
    }

    private static @Nullable String exchange(InetSocketAddress address, String line) throws IOException {
        try (var socket = new Socket()) {
            socket.connect(address, TIMEOUT_MILLIS);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            return ask(socket, line);
        }
    }

    /** Sends a line on an open connection and books the answer. */
    void exchange(Socket socket, String sent) throws IOException {
        book(sent, ask(socket, sent));
    }

    private static @Nullable String ask(Socket socket, String line) throws IOException {
        socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII)).readLine();
    }

    void book(String sent, @Nullable String line) {
        var words = line == null ? new String[0] : line.split(" ");
        if (words.length == 3 && words[2].equals(sent)) {
            served.add(new Answer(Integer.parseInt(words[0]), Long.parseLong(words[1])));
            answers.incrementAndGet();
        } else {
            lost.add(sent + ": answered " + line);
        }
    }

    int opened() {
        return opened.get();
    }

    int served() {
        return answers.get();
    }

    List<String> lost() {
        return List.copyOf(lost);
    }

    Map<Integer, Integer> bySlot() {
        var counts = new TreeMap<Integer, Integer>();
        served.forEach(answer -> counts.merge(answer.slot(), 1, Integer::sum));
        return counts;
    }

    List<Long> pids() {
        return served.stream().map(Answer::pid).distinct().toList();
    }
}
