package io.netcluster.cli;

import io.netcluster.primary.CannotStartException;
import io.netcluster.primary.ClusterHome;
import io.netcluster.primary.Console;
import java.io.IOException;

/** Runs a cluster that has a name: one at a time has it, and can be asked by it. */
final class NamedCluster {
    private final ClusterHome home;

    private NamedCluster(ClusterHome home) {
        this.home = home;
    }

    /**
     * Takes the name.
     *
     * @throws CommandFailedException if a cluster that runs has it
     */
    static NamedCluster take(String name) throws IOException, CommandFailedException {
        try {
            return new NamedCluster(ClusterHome.open(name));
        } catch (ClusterHome.RunningException e) {
            throw runsAlready(name, e.pid());
        }
    }

    static CommandFailedException runsAlready(String name, String pid) {
        return new CommandFailedException(
                ExitStatus.REFUSED,
                "'" + name + "' runs already (primary " + pid + "); 'netcluster reload " + name
                        + "' replaces its workers, 'netcluster stop " + name + "' ends it");
    }

    /** Runs it to its end, and gives the name back; returns the worst exit status of its workers. Blocks. */
    int run(DefinitionSource source, Configuration configuration, Definitions definitions, Console console)
            throws CannotStartException, IOException, InterruptedException {
        try (home) {
            var cluster = new AskedCluster(source, configuration, definitions, console, home);
            try (var _ = AdminServer.open(home.admin(), cluster.admin())) {
                return cluster.run();
            }
        }
    }
}
