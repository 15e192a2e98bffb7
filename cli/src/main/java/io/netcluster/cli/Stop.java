package io.netcluster.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code netcluster stop}: ends a cluster. */
@Command(
        name = "stop",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        usageHelpWidth = 100,
        header = "End a cluster: its workers, and its primary.",
        sortOptions = false,
        footer = {"", "Exit status: 0 if it has ended; 2 if the command line is wrong; 3 if no such cluster runs."})
final class Stop implements Callable<Integer> {
    @Mixin
    private Target target = new Target();

    @Option(names = "--now", description = "Kills the workers, instead of asking them to end.")
    private boolean now;

    @Override
    public Integer call() throws IOException, CommandFailedException, InterruptedException {
        return stop(target, now, "'" + target.name() + "' has ended");
    }

    /** Ends a cluster and waits until its primary has gone. */
    static int stop(Target target, boolean now, String done)
            throws IOException, CommandFailedException, InterruptedException {
        var status = target.askOne(new AdminRequest.Status());
        int exit = target.output().change(target, new AdminRequest.Stop(now), done);
        var primary = ProcessHandle.of(status.path("pid").asLong(-1));
        if (primary.isPresent()) {
            Departure.await(primary.get());
        }
        return exit;
    }
}
