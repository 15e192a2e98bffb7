package io.netcluster.cli;

import java.io.IOException;

/** How a primary takes a cluster over from another that still runs. */
final class Takeover {
    private static final long PATIENCE_MILLIS = 10_000;
    private static final long PAUSE_MILLIS = 5;

    private Takeover() {}

    /** Has the primary that runs go, and leave its workers; from now on nobody looks after them. */
    static void ask(ClusterPlace place) throws IOException, CommandFailedException {
        try (var old = AdminClient.ask(place.admin(), new AdminRequest.Leave())) {
            var answer = old.next();
            if (answer != null && answer.has("error")) {
                throw Target.failed(answer);
            }
        }
    }

    /** Takes the name as soon as the other has gone. */
    static NamedCluster take(String name) throws IOException, CommandFailedException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
        while (true) {
            try {
                return NamedCluster.take(name);
            } catch (CommandFailedException e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
                Thread.sleep(PAUSE_MILLIS);
            }
        }
    }
}
