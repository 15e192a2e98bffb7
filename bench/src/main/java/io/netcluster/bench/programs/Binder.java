package io.netcluster.bench.programs;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Opens and closes server sockets as it is told, and answers how long it took.
 *
 * <p>Argument: the port of the one who tells, to which it connects. Each line is a port and a count: so many sockets are
 * bound to the port and closed, one after the other, and the answer is the median of the binds and of the closes, in
 * nanoseconds. A count of 0 binds one and keeps it.
 */
public final class Binder {
    private Binder() {}

    /** Obeys until the connection ends. */
    public static void main(String[] arguments) throws IOException {
        var loopback = InetAddress.getLoopbackAddress();
        List<ServerSocket> kept = new ArrayList<>();
        try (var socket = new Socket(loopback, Integer.parseInt(arguments[0]));
                var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
                var out = new PrintWriter(socket.getOutputStream(), true, StandardCharsets.US_ASCII)) {
            for (var line = in.readLine(); line != null; line = in.readLine()) {
                var words = line.split(" ", 2);
                var address = new InetSocketAddress(loopback, Integer.parseInt(words[0]));
                int count = Integer.parseInt(words[1]);
                if (count == 0) {
                    var server = new ServerSocket();
                    server.bind(address);
                    kept.add(server);
                    out.println("kept");
                } else {
                    out.println(measure(address, count));
                }
            }
        }
        for (var server : kept) {
            server.close();
        }
    }

    private static String measure(InetSocketAddress address, int count) throws IOException {
        var binds = new long[count];
        var closes = new long[count];
        for (int i = 0; i < count; i++) {
            long start = System.nanoTime();
            var server = new ServerSocket();
            server.bind(address);
            long bound = System.nanoTime();
            server.close();
            closes[i] = System.nanoTime() - bound;
            binds[i] = bound - start;
        }
        Arrays.sort(binds);
        Arrays.sort(closes);
        return binds[count / 2] + " " + closes[count / 2];
    }
}
