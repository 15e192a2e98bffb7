package io.netcluster.cli;

import io.netcluster.primary.CannotStartException;
import io.netcluster.primary.ClusterHome;
import io.netcluster.primary.Console;
import io.netcluster.primary.Primary;
import io.netcluster.sys.Processes;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A cluster that this process is the primary of, and that can be asked for something while it runs. */
final class AskedCluster {
    private final Primary primary;
    private final ClusterAdmin admin;

    /** One that does nothing until {@link #run}. */
    AskedCluster(
            DefinitionSource source,
            Configuration configuration,
            Definitions definitions,
            Console console,
            @Nullable ClusterHome home)
            throws CannotStartException, IOException {
        var feed = new EventFeed();
        this.primary = Primary.prepare(definitions.of(configuration), console, home, feed);
        var launch = new ClusterAdmin.Launch(source, definitions, configuration);
        this.admin = new ClusterAdmin(primary.supervisor(), feed, launch, console);
        if (!Processes.hasTerminal()) {
            primary.onHangUp(admin::reload); // otherwise it tells that the terminal has gone
        }
    }

    ClusterAdmin admin() {
        return admin;
    }

    /** Runs it to its end; returns the worst exit status of its workers. Blocks. */
    int run() throws InterruptedException {
        int status = primary.run();
        admin.end(status);
        return status;
    }
}
