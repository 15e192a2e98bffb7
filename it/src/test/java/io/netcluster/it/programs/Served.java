package io.netcluster.it.programs;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** Sockets that somebody has sent, served as a LineServer does, each by a thread of its own. */
public final class Served {
    private Served() {}

    private interface Task {
        void run() throws IOException;
    }

    /** Serves a connection until its client closes it, or what comes to a listener or a datagram channel. */
    public static void by(NetworkChannel socket) {
        switch (socket) {
            case SocketChannel connection -> daemon(() -> talk(connection));
            case ServerSocketChannel listener ->
                daemon(() -> {
                    while (true) {
                        by(listener.accept());
                    }
                });
            case DatagramChannel channel -> daemon(() -> answer(channel));
            default -> throw new IllegalArgumentException(socket.toString());
        }
    }

    private static void daemon(Task task) {
        Thread.ofPlatform().daemon().start(() -> {
            try {
                task.run();
            } catch (IOException e) {
                return; // closed by one of the two
            }
        });
    }

    private static void talk(SocketChannel connection) throws IOException {
        try (connection) {
            var in = new BufferedReader(
                    new InputStreamReader(Channels.newInputStream(connection), StandardCharsets.US_ASCII));
            for (var line = in.readLine(); line != null; line = in.readLine()) {
                connection.write(ByteBuffer.wrap(LineServer.reply(line)));
            }
        }
    }

    private static void answer(DatagramChannel channel) throws IOException {
        var buffer = ByteBuffer.allocate(1500);
        while (true) {
            var from = channel.receive(buffer.clear());
            var line = StandardCharsets.US_ASCII.decode(buffer.flip()).toString();
            channel.send(ByteBuffer.wrap(LineServer.reply(line)), from);
        }
    }
}
