package io.netcluster.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code netcluster delete}: ends a cluster and removes what it has in the file system. */
@Command(
        name = "delete",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        usageHelpWidth = 100,
        header = "End a cluster, and remove its definition and its logs.",
        sortOptions = false,
        footer = {
            "",
            "Exit status: 0; 1 if something cannot be removed; 2 if the command line is wrong; 3 if there is no such",
            "  cluster. A definition file of your own stays as it is."
        })
final class Delete implements Callable<Integer> {
    @Mixin
    private Target target = new Target();

    @Override
    public Integer call() throws IOException, CommandFailedException, InterruptedException {
        var home = target.home();
        boolean runs = Target.status(home) != null;
        if (!runs && !Files.exists(home.state())) {
            throw target.notRunning();
        }
        if (!runs && home.hasWorkers()) {
            throw target.notRunning(); // whose workers would have nobody to end them
        }
        if (runs) {
            Stop.stop(target, false, "'" + target.name() + "' has ended");
        }
        for (var directory : List.of(home.runtime(), home.state())) {
            remove(directory);
        }
        if (target.output().isJson()) {
            target.output().json(Json.object().put("deleted", target.name()).put("exit", ExitStatus.DONE));
        }
        target.output().text("'" + target.name() + "' is deleted: " + home.state() + " is gone");
        return ExitStatus.DONE;
    }

    /** With all that is in it; what a symbolic link leads to is left alone. */
    private static void remove(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (var files = Files.walk(directory)) {
                for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }
}
