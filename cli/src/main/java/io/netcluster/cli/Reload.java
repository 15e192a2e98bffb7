package io.netcluster.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code netcluster reload}: replaces all workers without losing a connection. */
@Command(
        name = "reload",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        usageHelpWidth = 100,
        header = "Replace all workers, slot by slot, without losing a connection.",
        sortOptions = false,
        footer = {
            "",
            "Exit status: 0 if it is done; 1 if it has failed; 2 if the command line or the definition is wrong;",
            "  3 if no such cluster runs; 4 if it is refused for now: another change is in progress."
        })
final class Reload implements Callable<Integer> {
    @Mixin
    private Target target = new Target();

    @Option(
            names = "--parallel",
            paramLabel = "N",
            description = "How many at a time (default: what the definition says).")
    private @Nullable Integer parallel;

    @Override
    public Integer call() throws IOException, CommandFailedException {
        if (parallel != null && parallel < 1) {
            throw new CommandFailedException(
                    ExitStatus.WRONG, "--parallel takes a number of workers from 1 on, not " + parallel);
        }
        return target.output()
                .change(
                        target,
                        new AdminRequest.Reload(parallel),
                        "'" + target.name() + "' is reloaded: all workers are of generation GENERATION");
    }
}
