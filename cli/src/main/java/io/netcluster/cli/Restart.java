package io.netcluster.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code netcluster restart}: ends and starts all workers, slot by slot. */
@Command(
        name = "restart",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        usageHelpWidth = 100,
        header = "End and start all workers, slot by slot.",
        sortOptions = false,
        footer = {
            "",
            "Exit status: 0 if it is done; 1 if it has failed; 2 if the command line or the definition is wrong;",
            "  3 if no such cluster runs; 4 if it is refused for now: another change is in progress."
        })
final class Restart implements Callable<Integer> {
    @Mixin
    private Target target = new Target();

    @Override
    public Integer call() throws IOException, CommandFailedException {
        return target.output()
                .change(
                        target,
                        new AdminRequest.Restart(),
                        "'" + target.name() + "' is restarted: all workers are of generation GENERATION");
    }
}
