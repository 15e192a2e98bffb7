package io.netcluster.it.programs;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** A JVM that a worker starts: prints what it sees of the cluster, and whether it can bind. */
public final class Grandchild {
    private Grandchild() {}

    public static void main(String[] arguments) throws Exception {
        String bound;
        try (var server = new ServerSocket()) {
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[1])));
            bound = "bound";
        } catch (IOException e) {
            bound = e.getClass().getSimpleName() + ": " + e.getMessage();
        }
        System.out.println(System.getProperty("netcluster.id") + " " + bound);
    }
}
