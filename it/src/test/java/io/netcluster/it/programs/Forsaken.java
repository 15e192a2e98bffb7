package io.netcluster.it.programs;

import io.netcluster.Cluster;
import io.netcluster.ClusterOptions;
import io.netcluster.WhenPrimaryDies;
import io.netcluster.WorkerOptions;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A primary, for a test to kill, of two line servers: {@code <port> <DRAIN|STAY|STOP>}. With STOP there is one, which a
 * SIGSTOP holds up before it is a JVM.
 */
public final class Forsaken {
    private static final int SIGSTOP = 19;

    private Forsaken() {}

    public static void main(String[] arguments) throws Exception {
        if (Cluster.isWorker()) {
            var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0]));
            System.out.println("worker " + ProcessHandle.current().pid());
            LineServer.serve("selector", address);
            return;
        }
        System.out.println("primary");
        boolean stops = arguments[1].equals("STOP");
        var how = WorkerOptions.defaults();
        if (!stops) {
            how = how.whenPrimaryDies(WhenPrimaryDies.valueOf(arguments[1]));
        }
        try (var cluster = Cluster.open(ClusterOptions.defaults().workers(how))) {
            if (stops) {
                var worker = cluster.fork();
                worker.kill(SIGSTOP);
                System.out.println("stopped " + worker.pid());
            } else {
                cluster.fork().ready().get();
                cluster.fork().ready().get();
                System.out.println("ready");
            }
            cluster.awaitExit();
        }
    }
}
