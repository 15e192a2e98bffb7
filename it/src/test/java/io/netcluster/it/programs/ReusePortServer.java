package io.netcluster.it.programs;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;

/** As {@link LineServer}, by two sockets that share their address by SO_REUSEPORT. Arguments: host, port. */
public final class ReusePortServer {
    private ReusePortServer() {}

    public static void main(String[] arguments) throws Exception {
        var address = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
        for (int i = 0; i < 2; i++) {
            var server = ServerSocketChannel.open();
            server.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            server.bind(address);
            Thread.ofPlatform().start(() -> serve(server));
        }
    }

    private static void serve(ServerSocketChannel server) {
        try (server) {
            while (true) {
                var accepted = server.accept();
                Thread.ofVirtual().start(() -> LineServer.answer(accepted));
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
