package io.netcluster.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code netcluster upgrade}: gives a background cluster a new primary. */
@Command(
        name = "upgrade",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        usageHelpWidth = 100,
        header = "Give a background cluster a new primary, of this version of netcluster; the workers stay.",
        sortOptions = false,
        description = {
            "",
            "The workers serve on while the one primary goes and the other comes, and no connection is lost. What is"
                    + " wrong with the definition, or keeps a primary from starting, is found before.",
            ""
        },
        footer = {
            "",
            "Exit status: 0 if the new primary has all workers; 1 if it has not; 2 if the definition is wrong; 3 if no",
            "  such cluster runs; 4 if it is refused for now: a change is in progress, or its workers would not outlive",
            "  their primary."
        })
final class Upgrade implements Callable<Integer> {
    @Mixin
    private Target target = new Target();

    @Override
    public Integer call() throws IOException, CommandFailedException, InterruptedException, WrongDefinitionException {
        var status = target.askOne(new AdminRequest.Status());
        var place = target.home();
        if (!Files.exists(place.definition())) {
            throw new CommandFailedException(
                    ExitStatus.REFUSED, "'" + target.name() + "': " + Unit.whyNoTakeover(Unit.in(status)));
        }
        var configuration = DefinitionSource.restore(place.definition()).read();
        var daemon = Daemon.launch(place, "--takeover");
        try (var starting = new Starting(place, daemon, configuration, target.output())) {
            return starting.await();
        }
    }
}
