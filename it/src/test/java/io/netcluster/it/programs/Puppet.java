package io.netcluster.it.programs;

import io.netcluster.Cluster;
import io.netcluster.Port0;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.Channels;
import java.nio.channels.CompletionHandler;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A worker that does what a test tells it, over a connection to a port of its own.
 *
 * <p>It prints {@code control <port>}. Each line sent there is a command, each line that comes back its result: what it
 * returns, or {@code failed <exception>}.
 */
public final class Puppet {
    private static final Map<String, Closeable> OPEN = new ConcurrentHashMap<>();

    private Puppet() {}

    public static void main(String[] arguments) throws IOException {
        try (var control = Control.open()) {
            System.out.println("control " + control.getLocalPort());
            while (true) {
                var socket = control.accept();
                Thread.ofPlatform().daemon().start(() -> obey(socket));
            }
        }
    }

    /** Opens the port of its own; a class apart, so that a rule about port 0 can leave it out. */
    public static final class Control {
        private Control() {}

        static ServerSocket open() throws IOException {
            return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        }
    }

    /** Somebody who listens by way of another class. */
    public static final class Module {
        private Module() {}

        static String run(String[] words) throws Exception {
            return Puppet.run(words);
        }
    }

    private static String run(String[] words) throws Exception {
        return switch (words[0]) {
            case "module" -> Module.run(rest(words, 1));
            case "as" -> Cluster.thisWorker().withPort0(meaning(words[1]), () -> run(rest(words, 2)));
            default -> obey(words);
        };
    }

    private static String[] rest(String[] words, int from) {
        return Arrays.copyOfRange(words, from, words.length);
    }

    private static Port0 meaning(String text) {
        var words = text.split("=");
        return switch (words[0]) {
            case "unique" -> Port0.unique();
            case "sticky" -> Port0.sticky(words[1]);
            case "shared" -> Port0.shared(words[1]);
            case "node" -> Port0.node();
            default -> throw new IllegalArgumentException(text);
        };
    }

    private static void obey(Socket accepted) {
        try (var socket = accepted) {
            var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            for (var line = in.readLine(); line != null; line = in.readLine()) {
                var result = result(line.split(" "));
                socket.getOutputStream().write((result + "\n").getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            return; // the test has ended
        }
    }

    /** Does what the words say and returns the result. */
    static String result(String[] words) {
        try {
            return run(words);
        } catch (Exception e) {
            return "failed " + e.getClass().getName() + ": " + e.getMessage();
        }
    }

    private static String obey(String[] words) throws Exception {
        return switch (words[0]) {
            case "open" -> open(words[1], words[2], words[3], Integer.parseInt(words[4]));
            case "unix" -> unix(words[1], words[2]);
            case "udp" -> udp(words[1], words[2], Integer.parseInt(words[3]));
            case "hold" -> hold(words[1], words[2], Integer.parseInt(words[3]));
            case "rebind" -> bind((ServerSocketChannel) opened(words[1]), words[2], Integer.parseInt(words[3]));
            case "waits" ->
                String.valueOf(Thread.getAllStackTraces().values().stream()
                        .anyMatch(frames -> Arrays.stream(frames)
                                .anyMatch(frame -> frame.getClassName().endsWith("." + words[2])
                                        && frame.getMethodName().equals("ask"))));
            case "close" -> close(words[1]);
            case "cycle" -> cycle(Integer.parseInt(words[1]), words[2], Integer.parseInt(words[3]));
            case "rcvbuf" ->
                String.valueOf(((ServerSocketChannel) opened(words[1])).getOption(StandardSocketOptions.SO_RCVBUF));
            case "send" -> {
                Cluster.thisWorker().send(words[1]);
                yield "sent";
            }
            case "broadcast" -> {
                Cluster.thisWorker().broadcast(words[1]);
                yield "sent";
            }
            case "request" ->
                String.valueOf(Cluster.thisWorker()
                        .request(words[1], Duration.ofSeconds(20))
                        .get());
            case "client" -> client(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
            case "delete" -> String.valueOf(Files.deleteIfExists(Path.of(words[1])));
            case "property" -> String.valueOf(System.getProperty(words[1]));
            case "environment" -> String.valueOf(System.getenv(words[1]));
            case "arguments" -> // ProcessHandle.Info leaves out what is longer than a page
                Files.readString(Path.of("/proc/self/cmdline")).replace('\0', ' ');
            case "pid" -> String.valueOf(ProcessHandle.current().pid());
            case "print" -> {
                System.out.println(String.join(" ", words).substring(6));
                yield "printed";
            }
            case "forget" -> {
                new ServerSocket().bind(address(words[1], Integer.parseInt(words[2])));
                yield "forgotten";
            }
            case "gc" -> {
                System.gc();
                yield "collected";
            }
            case "orphan" -> {
                // the inner process outlives the shell
                var shell = new ProcessBuilder("/bin/sh", "-c", "sleep 1000 >/dev/null & echo $!").start();
                shell.waitFor();
                yield new BufferedReader(new InputStreamReader(shell.getInputStream(), StandardCharsets.US_ASCII))
                        .readLine();
            }
            case "kill" ->
                String.valueOf(
                        ProcessHandle.of(Long.parseLong(words[1])).orElseThrow().destroyForcibly());
            case "parent" ->
                ProcessHandle.of(Long.parseLong(words[1]))
                        .flatMap(ProcessHandle::parent)
                        .map(parent -> String.valueOf(parent.pid()))
                        .orElse("none");
            case "exists" -> String.valueOf(Files.exists(Path.of("/proc", words[1])));
            case "hook" -> {
                Runtime.getRuntime().addShutdownHook(new Thread(() -> write(Path.of(words[1]))));
                yield "hooked";
            }
            case "ready" -> {
                Cluster.thisWorker().ready();
                yield "ready";
            }
            case "agent" -> agent(words[1], words.length > 2 ? words[2] : "");
            case "spawn" -> spawn(words[1], words[2]);
            case "threads" ->
                Thread.getAllStackTraces().keySet().stream()
                        .map(Thread::getName)
                        .collect(Collectors.joining(", "));
            case "exit" -> {
                System.exit(Integer.parseInt(words[1]));
                yield "";
            }
            default -> throw new IllegalArgumentException(words[0]);
        };
    }

    private static Closeable opened(String name) {
        var closeable = OPEN.get(name);
        if (closeable == null) {
            throw new IllegalArgumentException("nothing open is named " + name);
        }
        return closeable;
    }

    private static InetSocketAddress address(String host, int port) {
        return host.equals("*") ? new InetSocketAddress(port) : new InetSocketAddress(host, port);
    }

    /** Opens a listener and serves it, the late style only when it drains; returns its port. */
    private static String open(String name, String style, String host, int port) throws Exception {
        var address = address(host, port);
        return switch (style) {
            case "socket", "late" -> {
                var server = new ServerSocket();
                server.bind(address);
                OPEN.put(name, server);
                var begin = new CountDownLatch(style.equals("late") ? 1 : 0);
                if (style.equals("late")) {
                    agent().apply("onDrain", (Runnable) begin::countDown);
                }
                daemon(() -> {
                    begin.await();
                    acceptSockets(server);
                });
                yield String.valueOf(server.getLocalPort());
            }
            case "channel", "reuseport", "rcvbuf", "inet" -> {
                var server = style.equals("inet")
                        ? ServerSocketChannel.open(StandardProtocolFamily.INET)
                        : ServerSocketChannel.open();
                if (style.equals("reuseport")) {
                    server.setOption(StandardSocketOptions.SO_REUSEPORT, true);
                }
                if (style.equals("rcvbuf")) {
                    server.setOption(StandardSocketOptions.SO_RCVBUF, 16_384);
                }
                server.bind(address);
                OPEN.put(name, server);
                daemon(() -> acceptChannels(server));
                yield String.valueOf(((InetSocketAddress) server.getLocalAddress()).getPort());
            }
            case "selector" -> {
                var server = ServerSocketChannel.open();
                server.configureBlocking(false);
                server.bind(address);
                OPEN.put(name, server);
                daemon(() -> select(server));
                yield String.valueOf(((InetSocketAddress) server.getLocalAddress()).getPort());
            }
            case "async" -> {
                var server = AsynchronousServerSocketChannel.open().bind(address);
                OPEN.put(name, server);
                acceptAsynchronously(server);
                yield String.valueOf(((InetSocketAddress) server.getLocalAddress()).getPort());
            }
            default -> throw new IllegalArgumentException(style);
        };
    }

    /** Makes a channel that is kept whether it can be bound or not. */
    private static String hold(String name, String host, int port) throws IOException {
        var channel = ServerSocketChannel.open();
        OPEN.put(name, channel);
        return bind(channel, host, port);
    }

    private static String bind(ServerSocketChannel channel, String host, int port) throws IOException {
        channel.bind(address(host, port));
        return String.valueOf(((InetSocketAddress) channel.getLocalAddress()).getPort());
    }

    private static String unix(String name, String path) throws IOException {
        var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(path));
        OPEN.put(name, server);
        daemon(() -> acceptChannels(server));
        return server.getLocalAddress().toString();
    }

    /** Opens a UDP socket that answers each datagram; returns its port. */
    private static String udp(String name, String style, int port) throws IOException {
        if (style.equals("channel")) {
            var channel = DatagramChannel.open().bind(address("127.0.0.1", port));
            OPEN.put(name, channel);
            daemon(() -> answerDatagrams(channel));
            return String.valueOf(((InetSocketAddress) channel.getLocalAddress()).getPort());
        }
        var socket = style.equals("multicast")
                ? new MulticastSocket(address("127.0.0.1", port))
                : new DatagramSocket(address("127.0.0.1", port));
        OPEN.put(name, socket);
        daemon(() -> answerDatagrams(socket));
        return String.valueOf(socket.getLocalPort());
    }

    private static String close(String name) throws IOException {
        opened(name).close();
        OPEN.remove(name);
        return "closed";
    }

    /** Binds and closes, again and again, by three kinds of listener. */
    private static String cycle(int times, String host, int port) throws IOException {
        for (int i = 0; i < times; i++) {
            switch (i % 3) {
                case 0 -> {
                    try (var server = new ServerSocket()) {
                        server.bind(address(host, port));
                    }
                }
                case 1 -> {
                    try (var server = ServerSocketChannel.open()) {
                        server.bind(address(host, port));
                    }
                }
                default -> {
                    try (var server = AsynchronousServerSocketChannel.open()) {
                        server.bind(address(host, port));
                    }
                }
            }
        }
        return String.valueOf(times);
    }

    /** Connects from a local port of the program's choice, as some clients do; returns what was answered. */
    private static String client(int local, int port) throws IOException {
        try (var socket = new Socket()) {
            socket.bind(address("127.0.0.1", local));
            socket.connect(address("127.0.0.1", port));
            socket.getOutputStream().write("hello\n".getBytes(StandardCharsets.US_ASCII));
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                    .readLine();
        }
    }

    /** Starts a JVM that inherits this one's environment, and returns what it prints first. */
    private static String spawn(String style, String port) throws IOException {
        var child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.netcluster.it.programs.Grandchild",
                        style,
                        port)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        OPEN.put("child", child::destroyForcibly);
        return new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8)).readLine();
    }

    /** Asks the agent, as a copy of the library would. */
    @SuppressWarnings("unchecked")
    private static BiFunction<String, @Nullable Object, @Nullable Object> agent() throws Exception {
        return (BiFunction<String, @Nullable Object, @Nullable Object>)
                Class.forName("java.net.NetclusterWorker").getMethod("agent").invoke(null);
    }

    @SuppressWarnings("unchecked")
    private static String agent(String operation, String argument) throws Exception {
        var answer = agent().apply(
                        operation,
                        switch (operation) {
                            case "onDrain" -> (Runnable) () -> write(Path.of(argument));
                            case "disconnect" -> Duration.ofMillis(Long.parseLong(argument));
                            case "exclusive" -> Integer.valueOf(argument);
                            default -> null;
                        });
        return switch (answer) {
            case null -> "done";
            case Map<?, ?> map -> new TreeMap<>(map).toString();
            case Function<?, ?> linking -> {
                var descriptor = FunctionDescriptor.of(ValueLayout.JAVA_INT);
                var option = Linker.Option.captureCallState("errno");
                var handle =
                        ((Function<Object[], MethodHandle>) linking).apply(new Object[] {"getpid", descriptor, option});
                try (var arena = Arena.ofConfined()) {
                    yield String.valueOf(
                            handle.invokeWithArguments(arena.allocate(Linker.Option.captureStateLayout())));
                } catch (Throwable e) {
                    throw new IllegalStateException(e);
                }
            }
            default -> answer.toString();
        };
    }

    private static void write(Path file) {
        try {
            Files.writeString(file, String.valueOf(System.currentTimeMillis()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ------------------------------------------------------------------ serving

    private static void acceptSockets(ServerSocket server) throws IOException {
        while (!server.isClosed()) {
            var socket = server.accept();
            daemon(() -> {
                try (socket) {
                    var in = new BufferedReader(
                            new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
                    for (var line = in.readLine(); line != null; line = in.readLine()) {
                        socket.getOutputStream().write(LineServer.reply(line));
                    }
                }
            });
        }
    }

    private static void acceptChannels(ServerSocketChannel server) throws IOException {
        while (server.isOpen()) {
            answer(server.accept());
        }
    }

    private static void select(ServerSocketChannel server) throws IOException {
        try (var selector = Selector.open()) {
            server.register(selector, SelectionKey.OP_ACCEPT);
            while (server.isOpen()) {
                selector.select(100);
                selector.selectedKeys().clear();
                for (var channel = server.accept(); channel != null; channel = server.accept()) {
                    answer(channel);
                }
            }
        } // a closed channel leaves the kernel when the selector looks next, or closes
    }

    private static void acceptAsynchronously(AsynchronousServerSocketChannel server) {
        server.accept(null, new CompletionHandler<AsynchronousSocketChannel, Void>() {
            @Override
            public void completed(AsynchronousSocketChannel channel, Void nothing) {
                server.accept(null, this);
                daemon(() -> {
                    try (channel) {
                        var in = new BufferedReader(
                                new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.US_ASCII));
                        for (var line = in.readLine(); line != null; line = in.readLine()) {
                            channel.write(ByteBuffer.wrap(LineServer.reply(line)))
                                    .get();
                        }
                    }
                });
            }

            @Override
            public void failed(Throwable failure, Void nothing) {
                if (!(failure instanceof AsynchronousCloseException)) {
                    failure.printStackTrace();
                }
            }
        });
    }

    private static void answer(SocketChannel channel) {
        daemon(() -> {
            try (channel) {
                var in = new BufferedReader(
                        new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.US_ASCII));
                for (var line = in.readLine(); line != null; line = in.readLine()) {
                    channel.write(ByteBuffer.wrap(LineServer.reply(line)));
                }
            }
        });
    }

    private static void answerDatagrams(DatagramChannel channel) throws IOException {
        var buffer = ByteBuffer.allocate(1500);
        while (channel.isOpen()) {
            SocketAddress from = channel.receive(buffer);
            var line = StandardCharsets.US_ASCII.decode(buffer.flip()).toString();
            channel.send(ByteBuffer.wrap(LineServer.reply(line)), from);
            buffer.clear();
        }
    }

    private static void answerDatagrams(DatagramSocket socket) throws IOException {
        while (!socket.isClosed()) {
            var packet = new DatagramPacket(new byte[1500], 1500);
            socket.receive(packet);
            var line = new String(packet.getData(), 0, packet.getLength(), StandardCharsets.US_ASCII);
            var reply = LineServer.reply(line);
            socket.send(new DatagramPacket(reply, reply.length, packet.getSocketAddress()));
        }
    }

    private interface Task {
        void run() throws Exception;
    }

    private static void daemon(Task task) {
        Thread.ofPlatform().daemon().start(() -> {
            try {
                task.run();
            } catch (Exception e) {
                return; // closed, by the test or by its client
            }
        });
    }
}
