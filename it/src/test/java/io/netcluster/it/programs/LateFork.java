package io.netcluster.it.programs;

import io.netcluster.Cluster;
import java.io.IOException;

/** A primary that forks its first worker while its JVM ends, and prints what came of it. */
public final class LateFork {
    private LateFork() {}

    public static void main(String[] arguments) {
        if (Cluster.isPrimary()) {
            var cluster = Cluster.open();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println(forkIn(cluster))));
        }
    }

    private static String forkIn(Cluster cluster) {
        try {
            return "forked " + cluster.fork();
        } catch (IOException | IllegalStateException e) {
            return "refused: " + e.getMessage();
        }
    }
}
