package io.netcluster.it.programs;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.TimeUnit;

/** A server that takes a while before it listens, as frameworks do: {@code <milliseconds> <port>}. */
public final class LateServer {
    private LateServer() {}

    @SuppressWarnings("ThreadSleep") // this is what it is for
    public static void main(String[] arguments) throws Exception {
        TimeUnit.MILLISECONDS.sleep(Integer.parseInt(arguments[0]));
        try (var server = new ServerSocket(Integer.parseInt(arguments[1]), 50, InetAddress.getLoopbackAddress())) {
            server.accept();
        }
    }
}
