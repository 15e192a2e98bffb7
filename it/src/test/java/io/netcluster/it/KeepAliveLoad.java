package io.netcluster.it;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Clients of an HTTP server that keep their connections, and an account of every request: each gets its whole answer, or
 * is lost. A connection ends when a response says so, or when the client wants it; any other end is a loss, and nothing
 * is ever tried twice.
 */
final class KeepAliveLoad implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 20_000;

    private final int port;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final List<Thread> running = new ArrayList<>();
    private final AtomicInteger sent = new AtomicInteger();
    private final ConcurrentHashMap<Long, Integer> announced = new ConcurrentHashMap<>(); // by the worker's pid
    private final ConcurrentHashMap<Integer, Long> connected = new ConcurrentHashMap<>(); // client to the worker's pid
    private final ConcurrentLinkedQueue<Ledger.Answer> served = new ConcurrentLinkedQueue<>();
    private final AtomicInteger answers = new AtomicInteger(); // as the size of that queue is counted anew each time
    private final ConcurrentLinkedQueue<String> lost = new ConcurrentLinkedQueue<>();

    /** All clients think between two requests, and half of them not for long. */
    KeepAliveLoad(int port, int clients) {
        this.port = port;
        for (int i = 0; i < clients; i++) {
            int client = i;
            running.add(Thread.ofVirtual().start(() -> run(client)));
        }
    }

    /** A connection that is kept, and what came on it last. */
    static final class Connection implements AutoCloseable {
        private final Socket socket;
        private final InputStream in;
        private Map<String, String> headers = Map.of();

        Connection(int port) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            in = new BufferedInputStream(socket.getInputStream());
        }

        /** Sends a request and returns the body of the response; a failure names the client's port. */
        String get(String line) throws IOException {
            try {
                return response(line);
            } catch (IOException e) {
                throw new IOException("from port " + socket.getLocalPort() + ": " + e, e);
            }
        }

        private String response(String line) throws IOException {
            socket.getOutputStream()
                    .write(("GET /" + line + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            var status = line();
            headers = new HashMap<>();
            for (var header = line(); !header.isEmpty(); header = line()) {
                int colon = header.indexOf(':');
                headers.merge(
                        header.substring(0, colon).toLowerCase(Locale.ROOT),
                        header.substring(colon + 1).strip(),
                        (first, second) -> first + ", " + second);
            }
            var body = new String(body(), StandardCharsets.US_ASCII);
            return status.startsWith("HTTP/1.1 200") ? body.strip() : status;
        }

        /** Whether the last response has said that it was the last. */
        boolean isLast() {
            return headers.getOrDefault("connection", "").equalsIgnoreCase("close");
        }

        /** Waits for the end, which must come without a byte more, and without a reset. */
        void awaitEnd() throws IOException {
            int more;
            try {
                more = in.read();
            } catch (IOException e) {
                throw new IOException("from port " + socket.getLocalPort() + ", after the last response: " + e, e);
            }
            if (more >= 0) {
                throw new IOException("after the last response comes " + more);
            }
        }

        private byte[] body() throws IOException {
            if ("chunked".equalsIgnoreCase(headers.get("transfer-encoding"))) {
                return chunks();
            }
            return bytes(Integer.parseInt(headers.getOrDefault("content-length", "-1")));
        }

        private byte[] chunks() throws IOException {
            var body = new java.io.ByteArrayOutputStream();
            for (int size = Integer.parseInt(line(), 16); size > 0; size = Integer.parseInt(line(), 16)) {
                body.writeBytes(bytes(size));
                line();
            }
            line();
            return body.toByteArray();
        }

        private byte[] bytes(int count) throws IOException {
            if (count < 0) {
                throw new IOException("a response of no length: " + headers);
            }
            var bytes = in.readNBytes(count);
            if (bytes.length < count) {
                throw new EOFException(bytes.length + " bytes of " + count);
            }
            return bytes;
        }

        private String line() throws IOException {
            var line = new StringBuilder();
            for (int next = in.read(); next != '\n'; next = in.read()) {
                if (next < 0) {
                    throw new EOFException("closed after \"" + line + '"');
                }
                line.append((char) next);
            }
            return line.toString().strip();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private void run(int client) {
        var random = new Random(client);
        while (stop.getCount() > 0) {
            try (var connection = new Connection(port)) {
                keep(connection, client, random);
            } catch (IOException e) {
                lost.add("client " + client + ": " + e);
            } catch (InterruptedException e) {
                return; // nobody knows this thread
            }
        }
        connected.remove(client);
    }

    /** Until the server announces the end; or for some requests, so that connections spread over the workers anew. */
    private void keep(Connection connection, int client, Random random) throws IOException, InterruptedException {
        for (int left = 20 + random.nextInt(200); left > 0 && stop.getCount() > 0; left--) {
            var line = "request-" + sent.incrementAndGet();
            String answer;
            try {
                answer = connection.get(line);
            } catch (IOException e) {
                lost.add(line + " of client " + client + ": " + e);
                return;
            }
            if (!book(client, line, answer)) {
                return;
            }
            if (connection.isLast()) {
                announced.merge(connected.getOrDefault(client, 0L), 1, Integer::sum);
                connection.awaitEnd();
                return;
            }
            if (stop.await(random.nextInt(client % 2 == 0 ? 20 : 8), TimeUnit.MILLISECONDS)) {
                return;
            }
        }
    }

    private boolean book(int client, String line, String answer) {
        var words = answer.split(" ");
        if (words.length != 3 || !words[2].equals(line)) {
            lost.add(line + ": answered " + answer);
            return false;
        }
        long pid = Long.parseLong(words[1]);
        served.add(new Ledger.Answer(Integer.parseInt(words[0]), pid));
        answers.incrementAndGet();
        connected.put(client, pid);
        return true;
    }

    /** Waits until so many more requests have been served. */
    KeepAliveLoad awaitServed(int requests) {
        int goal = answers.get() + requests;
        Running.await("served " + goal + ", lost " + lost, _ -> answers.get() >= goal || !lost.isEmpty());
        return this;
    }

    /** Waits until somebody is connected to a worker. */
    void awaitConnected(long pid) {
        Running.await("connected to " + pid, _ -> connected.containsValue(pid) || !lost.isEmpty());
    }

    int served() {
        return answers.get();
    }

    /** How many of a worker's responses have said that they were the last of their connection. */
    int announced(long pid) {
        return announced.getOrDefault(pid, 0);
    }

    List<String> lost() {
        return List.copyOf(lost);
    }

    @Override
    public void close() throws InterruptedException {
        stop.countDown();
        for (var thread : running) {
            thread.join();
        }
    }
}
