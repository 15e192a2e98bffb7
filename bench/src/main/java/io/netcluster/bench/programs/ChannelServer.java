package io.netcluster.bench.programs;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * A small HTTP server on ServerSocketChannel, since the JDK's HttpServer cannot set SO_REUSEPORT.
 *
 * <p>Arguments: the port, and {@code reuseport} to set that option. A selector's thread accepts, and each connection
 * has a virtual thread.
 */
public final class ChannelServer {
    private static final String BODY = "Hello from a worker\n";
    private static final byte[] KEEP = answer("");
    private static final byte[] CLOSE = answer("Connection: close\r\n");

    private ChannelServer() {}

    /** Serves until it is killed. */
    public static void main(String[] arguments) throws IOException {
        try (var server = ServerSocketChannel.open();
                var selector = Selector.open()) {
            if (arguments.length > 1 && arguments[1].equals("reuseport")) {
                server.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            }
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0])), 1024);
            server.configureBlocking(false);
            server.register(selector, SelectionKey.OP_ACCEPT);
            WebServer.ready();
            while (true) {
                selector.select();
                selector.selectedKeys().clear();
                for (var accepted = server.accept(); accepted != null; accepted = server.accept()) {
                    var channel = accepted;
                    Thread.ofVirtual().start(() -> serve(channel));
                }
            }
        }
    }

    private static byte[] answer(String header) {
        return ("HTTP/1.1 200 OK\r\nContent-Length: " + BODY.length() + "\r\n" + header + "\r\n" + BODY)
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static void serve(SocketChannel accepted) {
        try (var channel = accepted) {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            var buffer = ByteBuffer.allocate(4096);
            while (channel.read(buffer) >= 0) {
                if (endsRequest(buffer)) {
                    boolean last = new String(buffer.array(), 0, buffer.position(), StandardCharsets.US_ASCII)
                            .contains("Connection: close");
                    channel.write(ByteBuffer.wrap(last ? CLOSE : KEEP));
                    if (last) {
                        return;
                    }
                    buffer.clear();
                }
            }
        } catch (IOException e) {
            return; // the client has gone
        }
    }

    /** The load generator sends no bodies and waits for each answer, so a blank line at the end is a request's. */
    private static boolean endsRequest(ByteBuffer buffer) {
        int end = buffer.position();
        return end >= 4 && buffer.getInt(end - 4) == 0x0d0a0d0a;
    }
}
