package io.netcluster.it.programs;

import io.netcluster.LeaseOptions;
import io.netcluster.PortLease;
import java.net.ServerSocket;

/** Leases ports for TCP and for UDP, from where the kernel gives ports to everybody and from elsewhere; listens on one. */
public final class TakesLeases {
    private TakesLeases() {}

    public static void main(String[] arguments) throws Exception {
        var options = LeaseOptions.defaults().udp();
        try (var any = PortLease.take();
                var outside = PortLease.take(options);
                var inside = PortLease.take(options.range(33_000, 60_000))) {
            System.out.println("leased " + any + " " + outside + " " + inside);
            try (var server = new ServerSocket(any.port())) {
                server.accept();
            }
        }
    }
}
