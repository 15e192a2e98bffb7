package io.netcluster.it.programs;

import io.netcluster.LeaseOptions;
import io.netcluster.PortLease;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;

/**
 * Binds every other port of a range but one, and leases two in a row. To be run in a network namespace of its own.
 *
 * <p>Arguments: the first port, which is even, the last, and the one that is left free.
 */
public final class CrowdedPortRange {
    private CrowdedPortRange() {}

    public static void main(String[] arguments) throws Exception {
        int last = Integer.parseInt(arguments[1]);
        int free = Integer.parseInt(arguments[2]);
        var held = new ArrayList<ServerSocket>();
        for (int port = Integer.parseInt(arguments[0]); port <= last; port += 2) {
            if (port != free) {
                var socket = new ServerSocket();
                socket.bind(new InetSocketAddress(port), 1);
                held.add(socket);
            }
        }
        try (var lease = PortLease.take(LeaseOptions.defaults().count(2))) {
            System.out.println("leased " + lease.ports());
        }
        for (var socket : held) {
            socket.close();
        }
    }
}
