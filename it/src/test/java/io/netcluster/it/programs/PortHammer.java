package io.netcluster.it.programs;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayDeque;

/** Gets ports from the kernel as fast as it can, and keeps the latest 3,000 of them, until it is killed. */
public final class PortHammer {
    private static final int KEPT = 3_000;

    private PortHammer() {}

    public static void main(String[] arguments) throws IOException {
        var kept = new ArrayDeque<ServerSocket>();
        for (long i = 0; ; i++) {
            var socket = new ServerSocket();
            socket.setReuseAddress(i % 2 == 0); // with it, the kernel looks in the lower half of its range first
            socket.bind(new InetSocketAddress(0), 1);
            kept.add(socket);
            if (kept.size() > KEPT) {
                kept.remove().close();
            }
            if (i == KEPT) {
                System.out.println("hammering");
            }
        }
    }
}
