package io.netcluster.it.programs;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * An HTTP server that is ready when a file says so: the file lists the generations that are.
 *
 * <p>Arguments: the file, the port, and a second port on which it listens when it is ready, or 0. {@code /health} is answered
 * with 200 when it is ready, and with 503 until then; anything else with the generation.
 */
public final class Readying {
    private static final long LOOK_MILLIS = 20;

    private Readying() {}

    public static void main(String[] arguments) throws Exception {
        var file = Path.of(arguments[0]);
        int second = Integer.parseInt(arguments[2]);
        var generation = System.getProperty("netcluster.generation");
        var loopback = InetAddress.getLoopbackAddress();
        var server = HttpServer.create(new InetSocketAddress(loopback, Integer.parseInt(arguments[1])), 0);
        server.createContext("/", exchange -> {
            var body = (generation + "\n").getBytes();
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.createContext("/health", exchange -> {
            exchange.sendResponseHeaders(Files.readString(file).contains(generation) ? 200 : 503, -1);
            exchange.close();
        });
        server.start();
        while (!Files.readString(file).contains(generation)) {
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
        if (second != 0) {
            try (var listener = new ServerSocket(second, 50, loopback)) {
                while (true) {
                    listener.accept().close();
                }
            }
        }
    }
}
