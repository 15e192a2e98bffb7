package io.netcluster.it.programs;

import io.netcluster.Cluster;
import io.netcluster.Message;
import io.netcluster.SocketReturnedException;
import io.netcluster.ThisWorker;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A worker that sends and takes messages as the lines of its standard input say; it prints one line for each. */
public final class Correspondent {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final List<String> SEEN = new ArrayList<>();
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final AtomicInteger SENT = new AtomicInteger();
    private static final AtomicInteger BUSY = new AtomicInteger();
    private static final CountDownLatch RELEASE = new CountDownLatch(1);
    private static final Map<String, Closeable> KEPT = new ConcurrentHashMap<>();
    private static final BlockingQueue<Task> LAST = new LinkedBlockingQueue<>();
    private static final List<Thread> SENDERS = new ArrayList<>();
    private static volatile String outcome = "";
    private static volatile boolean held;

    private interface Task {
        void run() throws Exception;
    }

    private Correspondent() {}

    /** Ends when it is told what to do last. */
    public static void main(String[] arguments) throws Exception {
        for (var command : arguments) {
            obey(command.split("_"));
        }
        Thread.ofPlatform().daemon().start(Correspondent::listen);
        LAST.take().run();
    }

    private static void listen() {
        try (var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (var line = in.readLine(); line != null; line = in.readLine()) {
                System.out.println(answer(line));
            }
        } catch (IOException e) {
            e.printStackTrace();
        }
    }

    private static String answer(String line) {
        try {
            return obey(line.split(" "));
        } catch (Throwable e) {
            return "failed: " + e;
        }
    }

    private static ThisWorker me() {
        return Cluster.thisWorker();
    }

    private static String obey(String[] words) throws Exception {
        return switch (words[0]) {
            case "take" -> {
                me().onMessage(Correspondent::take);
                yield "taking";
            }
            case "answer" -> {
                me().onRequest(Correspondent::reply);
                yield "answering";
            }
            case "codec" -> {
                me().codec(Words.CODEC);
                yield "set";
            }
            case "hold" -> {
                held = true;
                yield "held";
            }
            case "release" -> {
                RELEASE.countDown();
                yield "released";
            }
            case "count" -> String.valueOf(COUNT);
            case "seen" -> seen();
            case "send" -> {
                me().send(String.join(" ", Arrays.asList(words).subList(1, words.length)));
                yield "sent";
            }
            case "send-words" -> {
                me().send(new Words(Arrays.asList(words).subList(1, words.length)));
                yield "sent";
            }
            case "send-bytes" -> {
                me().send(numbered(0, Integer.parseInt(words[1])));
                yield "sent";
            }
            case "broadcast" -> {
                me().broadcast(words[1]);
                yield "sent";
            }
            case "broadcast-bytes" -> {
                for (int i = 0; i < Integer.parseInt(words[1]); i++) {
                    me().broadcast(numbered(i, Integer.parseInt(words[2])));
                }
                yield "sent";
            }
            case "request" -> (String) me().request(words[1], PATIENCE).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            case "flood" -> {
                start(Thread.ofPlatform().daemon(), Integer.parseInt(words[1]), Integer.parseInt(words[2]));
                yield "flooding";
            }
            case "flood-virtually" -> {
                for (int i = 0; i < Integer.parseInt(words[1]); i++) {
                    start(Thread.ofVirtual(), 1, Integer.parseInt(words[2]));
                }
                yield "flooding";
            }
            case "progress" ->
                SENT + " "
                        + SENDERS.stream()
                                .filter(sender -> sender.getState() == Thread.State.WAITING)
                                .count();
            case "virtual" -> {
                var free = new CountDownLatch(1);
                var _ = Thread.startVirtualThread(free::countDown);
                yield String.valueOf(free.await(PATIENCE.toSeconds(), TimeUnit.SECONDS));
            }
            case "interrupt" -> {
                SENDERS.forEach(Thread::interrupt);
                for (var sender : SENDERS) {
                    sender.join();
                }
                yield outcome;
            }
            case "leave" -> {
                LAST.add(() -> leave(Integer.parseInt(words[1]), Integer.parseInt(words[2]), words[3]));
                yield "leaving";
            }
            case "last-words" -> {
                Runtime.getRuntime().addShutdownHook(new Thread(() -> say(words[1])));
                yield "hooked";
            }
            case "pass" -> pass(words[1], words[2]);
            case "open" -> String.valueOf(KEPT.get(words[1]) instanceof ServerSocketChannel it && it.isOpen());
            case "collect" -> {
                System.gc();
                yield "collected";
            }
            default -> throw new IllegalArgumentException(words[0]);
        };
    }

    private static String seen() {
        synchronized (SEEN) {
            return String.join(",", SEEN);
        }
    }

    private static void say(String words) {
        try {
            me().send(words);
        } catch (IOException | InterruptedException e) {
            e.printStackTrace();
        }
    }

    private static byte[] numbered(int number, int size) {
        return ByteBuffer.allocate(Math.max(4, size)).putInt(number).array();
    }

    private static void start(Thread.Builder builder, int count, int size) {
        SENDERS.add(builder.start(() -> {
            try {
                for (int i = 0; i < count; i++) {
                    me().send(numbered(i, size));
                    SENT.incrementAndGet();
                }
                outcome = "sent";
            } catch (IOException | InterruptedException e) {
                outcome = e.getClass().getSimpleName();
            }
        }));
    }

    /** Sends, and ends at once: by the end of main, by exit or, with nothing in order, by halt. */
    private static void leave(int count, int size, String how) throws Exception {
        for (int i = 0; i < count; i++) {
            me().send(numbered(i, size));
        }
        switch (how) {
            case "exit" -> System.exit(0);
            case "throw" -> throw new IllegalStateException("the end of main");
            default -> {}
        }
    }

    // ------------------------------------------------------------------ what comes

    private static void take(Message message) {
        if (BUSY.incrementAndGet() > 1) {
            throw new AssertionError("two at a time");
        }
        try {
            if (held) {
                RELEASE.await();
            }
            takeOne(message);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            BUSY.decrementAndGet();
        }
    }

    private static void takeOne(Message message) throws IOException, InterruptedException {
        var socket = message.socket();
        if (socket != null && message.text().equals("back")) {
            var _ = me().send("serve", socket);
        } else if (socket != null && message.text().equals("keep")) {
            KEPT.put(message.text(), socket);
        } else if (socket != null) {
            Served.by(socket);
        }
        synchronized (SEEN) {
            SEEN.add(
                    message.content() instanceof byte[] bytes
                            ? "bytes:" + bytes.length
                            : message.content().toString());
        }
        COUNT.incrementAndGet();
        if (message.content() instanceof String text && text.startsWith("echo ")) {
            me().send(text.substring(5));
        }
        if (message.content() instanceof String text && text.startsWith("flood ")) {
            for (int i = 0; i < Integer.parseInt(text.substring(6)); i++) {
                me().send(numbered(i, 100_000));
            }
        }
        if (message.content().equals("disconnect")) {
            me().disconnect(PATIENCE);
            me().send("disconnecting");
        }
        if (message.content().equals("fail")) {
            throw new IllegalStateException("a message that fails");
        }
    }

    private static @Nullable Object reply(Message message) {
        return switch (message.content()) {
            case Words words -> new Words(words.words().reversed());
            case byte[] bytes -> bytes;
            case String text ->
                switch (text) {
                    case "fail" -> throw new IllegalStateException("a request that fails");
                    case "disconnect" -> {
                        me().disconnect(PATIENCE);
                        yield "disconnecting";
                    }
                    case "fail later" -> CompletableFuture.failedFuture(new IllegalStateException("later"));
                    case "fail much later" ->
                        CompletableFuture.supplyAsync(() -> {
                            throw new IllegalStateException("much later");
                        });
                    case "later" -> CompletableFuture.supplyAsync(() -> "it is later");
                    case "never" -> new CompletableFuture<String>();
                    case "held" -> CompletableFuture.supplyAsync(Correspondent::released);
                    case "nothing" -> null;
                    case "nothing later" -> CompletableFuture.completedFuture(null);
                    case "large" -> new byte[(16 << 20) + 1];
                    case "large later" -> CompletableFuture.completedFuture(new byte[(16 << 20) + 1]);
                    case "wrong" -> 42;
                    default -> text;
                };
            default -> throw new IllegalArgumentException();
        };
    }

    private static String released() {
        try {
            RELEASE.await();
            return "released";
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    // ------------------------------------------------------------------ sockets

    /** Opens something and sends it to the primary; returns its port, or what became of it. */
    private static String pass(String kind, String content) throws Exception {
        var loopback = InetAddress.getLoopbackAddress();
        switch (kind) {
            case "listener" -> {
                var listener = ServerSocketChannel.open().bind(new InetSocketAddress(loopback, 0));
                return passed(((InetSocketAddress) listener.getLocalAddress()).getPort(), content, listener);
            }
            case "datagrams" -> {
                var channel = DatagramChannel.open().bind(new InetSocketAddress(loopback, 0));
                return passed(((InetSocketAddress) channel.getLocalAddress()).getPort(), content, channel);
            }
            case "unconnected" -> {
                return passed(0, content, SocketChannel.open());
            }
            default -> { // a shared port
                int port = Integer.parseInt(kind);
                return passed(port, content, new ServerSocket(port, 50, loopback));
            }
        }
    }

    private static String passed(int port, String content, Closeable socket) throws Exception {
        try {
            var _ = me().send(content, socket).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            return String.valueOf(port);
        } catch (ExecutionException e) {
            return e.getCause() instanceof SocketReturnedException ? "returned" : "failed: " + e.getCause();
        }
    }
}
