package io.netcluster.it.programs;

import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.Channels;
import java.nio.channels.CompletionHandler;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Answers each line of each connection with {@code <slot> <pid> <line>}, by one of the ways Java has to accept.
 *
 * <p>Arguments: the style, the host ({@code *} for all addresses), the port.
 */
public final class LineServer {
    private LineServer() {}

    public static void main(String[] arguments) throws Exception {
        var host = arguments[1];
        int port = Integer.parseInt(arguments[2]);
        var address = host.equals("*") ? new InetSocketAddress(port) : new InetSocketAddress(host, port);
        serve(arguments[0], address);
    }

    /** Serves for ever. */
    public static void serve(String style, SocketAddress address) throws Exception {
        switch (style) {
            case "socket" -> serverSocket(address, 0);
            case "socket-timeout" -> serverSocket(address, 50);
            case "socket-virtual" -> join(Thread.ofVirtual().start(() -> rethrow(() -> serverSocket(address, 0))));
            case "channel" -> channel(address, false);
            case "channel-again" -> channel(address, true);
            case "channel-virtual" -> join(Thread.ofVirtual().start(() -> rethrow(() -> channel(address, false))));
            case "adaptor" -> adaptor(address);
            case "selector" -> selector(address, false);
            case "selector-first" -> selector(address, true);
            case "async" -> async(address);
            case "httpserver" -> http(address, _ -> {});
            case "httpserver-hook" ->
                http(address, server -> Runtime.getRuntime().addShutdownHook(new Thread(() -> server.stop(5))));
            default -> throw new IllegalArgumentException(style);
        }
    }

    private static void serverSocket(SocketAddress address, int timeout) throws IOException {
        try (var server = new ServerSocket()) {
            server.bind(address);
            server.setSoTimeout(timeout);
            while (true) {
                try {
                    var socket = server.accept();
                    Thread.ofVirtual().start(() -> answer(socket));
                } catch (SocketTimeoutException e) {
                    continue; // as programs do that look at a flag between accepts
                }
            }
        }
    }

    private static void channel(SocketAddress address, boolean again) throws IOException {
        try (var server = ServerSocketChannel.open()) {
            server.bind(address);
            if (again) { // blocking, as it was, but by the program's own wish
                server.configureBlocking(false);
                server.configureBlocking(true);
            }
            while (true) {
                var channel = server.accept();
                Thread.ofVirtual().start(() -> answer(channel));
            }
        }
    }

    private static void adaptor(SocketAddress address) throws IOException {
        try (var server = ServerSocketChannel.open()) {
            server.socket().bind(address);
            server.socket().setSoTimeout(50);
            while (true) {
                try {
                    var socket = server.socket().accept();
                    Thread.ofVirtual().start(() -> answer(socket));
                } catch (SocketTimeoutException e) {
                    continue;
                }
            }
        }
    }

    private static void selector(SocketAddress address, boolean registerFirst) throws IOException {
        try (var server = ServerSocketChannel.open();
                var selector = Selector.open()) {
            server.configureBlocking(false);
            if (registerFirst) {
                // selected before the bind, too: the kernel's epoll set then holds the socket that the bind replaces
                server.register(selector, SelectionKey.OP_ACCEPT);
                selector.selectNow();
                server.bind(address);
            } else {
                server.bind(address);
                server.register(selector, SelectionKey.OP_ACCEPT);
            }
            while (true) {
                selector.select();
                selector.selectedKeys().clear();
                for (var channel = server.accept(); channel != null; channel = server.accept()) {
                    var accepted = channel;
                    Thread.ofVirtual().start(() -> answer(accepted));
                }
            }
        }
    }

    private static void async(SocketAddress address) throws Exception {
        var server = AsynchronousServerSocketChannel.open().bind(address);
        server.accept(null, new CompletionHandler<AsynchronousSocketChannel, Void>() {
            @Override
            public void completed(AsynchronousSocketChannel channel, Void nothing) {
                server.accept(null, this);
                Thread.ofVirtual()
                        .start(() -> rethrow(() -> {
                            try (channel) {
                                answer(
                                        new BufferedReader(new InputStreamReader(
                                                Channels.newInputStream(channel), StandardCharsets.US_ASCII)),
                                        text -> channel.write(ByteBuffer.wrap(text))
                                                .get());
                            }
                        }));
            }

            @Override
            public void failed(Throwable failure, Void nothing) {
                failure.printStackTrace();
            }
        });
        Thread.currentThread().join();
    }

    private static void http(SocketAddress address, Consumer<HttpServer> started) throws Exception {
        var server = HttpServer.create((InetSocketAddress) address, 0);
        server.createContext("/", exchange -> {
            var body = reply(exchange.getRequestURI().getPath().substring(1));
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        started.accept(server);
        Thread.currentThread().join();
    }

    private static void answer(Socket accepted) {
        try (var socket = accepted) {
            var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            answer(in, socket.getOutputStream()::write);
        } catch (Exception e) {
            return; // the client has gone
        }
    }

    public static void answer(SocketChannel accepted) {
        try (var channel = accepted) {
            var in = new BufferedReader(
                    new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.US_ASCII));
            answer(in, bytes -> channel.write(ByteBuffer.wrap(bytes)));
        } catch (Exception e) {
            return; // the client has gone
        }
    }

    private static void answer(BufferedReader in, Writer out) throws Exception {
        for (var line = in.readLine(); line != null; line = in.readLine()) {
            out.write(reply(line));
        }
    }

    public static byte[] reply(String line) {
        return (System.getProperty("netcluster.slot", "0") + " "
                        + ProcessHandle.current().pid() + " " + line + "\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private interface Writer {
        void write(byte[] bytes) throws Exception;
    }

    private interface Task {
        void run() throws Exception;
    }

    private static void rethrow(Task task) {
        try {
            task.run();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void join(Thread thread) throws InterruptedException {
        thread.join();
    }
}
