package io.netcluster.bench.programs;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/**
 * The JDK's HttpServer, with one short answer to everything.
 *
 * <p>Argument: the port. Prints {@code READY pid millis} as soon as it listens, where the milliseconds count from the
 * time in the environment that the launcher has put there.
 */
public final class WebServer {
    /** The environment variable with the time of the launch, in nanoseconds since 1970. */
    public static final String LAUNCHED = "BENCH_LAUNCHED";

    private static final byte[] ANSWER = "Hello from a worker\n".getBytes(StandardCharsets.US_ASCII);

    private WebServer() {}

    /** Serves until it is killed. */
    public static void main(String[] arguments) throws Exception {
        var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0]));
        var server = HttpServer.create(address, 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, ANSWER.length);
            exchange.getResponseBody().write(ANSWER);
            exchange.close();
        });
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
        ready();
    }

    static void ready() {
        long now = System.currentTimeMillis();
        var launched = System.getenv(LAUNCHED);
        long millis = launched == null ? 0 : now - Long.parseLong(launched) / 1_000_000;
        System.out.println("READY " + ProcessHandle.current().pid() + " " + millis);
    }
}
