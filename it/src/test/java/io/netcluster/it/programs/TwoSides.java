package io.netcluster.it.programs;

import io.netcluster.Cluster;
import io.netcluster.ClusterOptions;

/** Says which side it is on and what it may not do there; {@code fork}: forks itself once, and says it again. */
public final class TwoSides {
    private TwoSides() {}

    private interface Wrong {
        void call() throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        if (Cluster.isPrimary()) {
            say("primary", Cluster::thisWorker);
        } else {
            say("worker", Cluster::open);
            say("worker", () -> Cluster.open(ClusterOptions.defaults()));
        }
        if (Cluster.isPrimary() && arguments.length > 0) {
            try (var cluster = Cluster.open()) {
                cluster.fork();
                cluster.awaitExit();
                say("primary", Cluster::thisWorker);
            }
        }
    }

    private static void say(String side, Wrong wrong) throws Exception {
        var sides = Cluster.isPrimary() + " " + Cluster.isWorker();
        try {
            wrong.call();
            System.out.println(side + " " + sides + " nothing");
        } catch (IllegalStateException e) {
            System.out.println(side + " " + sides + " " + e.getMessage());
        }
    }
}
