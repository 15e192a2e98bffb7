package io.netcluster.bench.programs;

import io.netcluster.Cluster;
import io.netcluster.Port0;
import io.netcluster.PortLease;
import java.io.BufferedReader;
import java.io.Closeable;
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
 * Opens and closes server sockets as it is told, and answers how long it took. binder.js does the same in Node.
 *
 * <p>Argument: the port of the one who tells, to which it connects. Each line is a port, a count, and perhaps a meaning of
 * port 0, or {@code lease}: so many sockets are bound to the port and closed, one after the other, and the answer is the
 * median of the binds and of the closes, in nanoseconds. A count of 0 binds one and keeps it.
 */
public final class Binder {
    private Binder() {}

    /** How one is opened. */
    private interface Opening {
        Closeable open() throws IOException;
    }

    /** Obeys until the connection ends. */
    public static void main(String[] arguments) throws IOException {
        var loopback = InetAddress.getLoopbackAddress();
        List<Closeable> kept = new ArrayList<>();
        try (var socket = new Socket(loopback, Integer.parseInt(arguments[0]));
                var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
                var out = new PrintWriter(socket.getOutputStream(), true, StandardCharsets.US_ASCII)) {
            for (var line = in.readLine(); line != null; line = in.readLine()) {
                var words = line.split(" ", 3);
                var address = new InetSocketAddress(loopback, Integer.parseInt(words[0]));
                int count = Integer.parseInt(words[1]);
                var opening = opening(address, words.length > 2 ? words[2] : "");
                if (count == 0) {
                    kept.add(opening.open());
                    out.println("kept");
                } else {
                    out.println(measure(opening, count));
                }
            }
        }
        for (var each : kept) {
            each.close();
        }
    }

    private static Opening opening(InetSocketAddress address, String meaning) {
        return switch (meaning) {
            case "" -> () -> listen(address);
            case "sticky" -> with(Port0.sticky(), address);
            case "shared" -> with(Port0.shared(), address);
            case "node" -> with(Port0.node(), address);
            case "lease" -> () -> PortLease.take()::close;
            default -> throw new IllegalArgumentException(meaning);
        };
    }

    private static Opening with(Port0 meaning, InetSocketAddress address) {
        var worker = Cluster.thisWorker();
        return () -> worker.withPort0(meaning, () -> listen(address));
    }

    private static Closeable listen(InetSocketAddress address) throws IOException {
        var server = new ServerSocket();
        server.bind(address);
        return server;
    }

    private static String measure(Opening opening, int count) throws IOException {
        var binds = new long[count];
        var closes = new long[count];
        for (int i = 0; i < count; i++) {
            long start = System.nanoTime();
            var server = opening.open();
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
