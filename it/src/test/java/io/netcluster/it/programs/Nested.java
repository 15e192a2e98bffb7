package io.netcluster.it.programs;

import io.netcluster.Cluster;
import io.netcluster.ClusterOptions;
import io.netcluster.WorkerOptions;
import java.net.InetAddress;
import java.net.ServerSocket;

/** A primary whose worker is the primary of another cluster; each worker says whose it is. Properties {@code outer}
 * and {@code inner} are their ports. */
public final class Nested {
    private Nested() {}

    public static void main(String[] arguments) throws Exception {
        if (Cluster.isPrimary()) {
            fork(ClusterOptions.defaults().name("outer"), "outer");
        } else if (arguments[1].equals("outer")) {
            say(arguments);
            if (Cluster.thisWorker().slot() == 1) {
                fork(ClusterOptions.defaults().nested().name("inner"), "inner");
            }
        } else {
            say(arguments);
        }
    }

    private static void say(String[] arguments) throws Exception {
        var server = new ServerSocket(Integer.parseInt(arguments[0]), 50, InetAddress.getLoopbackAddress());
        var worker = Cluster.thisWorker();
        System.out.println(worker.clusterName() + " " + worker.slot() + " " + server.isBound());
        server.close();
    }

    private static void fork(ClusterOptions options, String level) throws Exception {
        var port = System.getProperty(level);
        try (var cluster = Cluster.open(options)) {
            cluster.fork(WorkerOptions.defaults().arguments(port, level));
            cluster.fork(WorkerOptions.defaults().arguments(port, level));
            cluster.awaitExit();
        }
    }
}
