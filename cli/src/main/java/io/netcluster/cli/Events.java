package io.netcluster.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code netcluster events}: tells what has happened. */
@Command(
        name = "events",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        usageHelpWidth = 100,
        header = "Tell what has happened in a cluster, and what happens.",
        sortOptions = false,
        footer = {"", "Exit status: 0; 2 if the command line is wrong; 3 if no such cluster runs."})
final class Events implements Callable<Integer> {
    @Mixin
    private Target target = new Target();

    @Option(
            names = {"-f", "--follow"},
            description = "Goes on with what happens from now on.")
    private boolean follow;

    @Option(
            names = "--last",
            paramLabel = "N",
            defaultValue = "1000",
            description = "How many of those that the primary remembers (default: ${DEFAULT-VALUE}, which is all).")
    private int last;

    @Override
    public Integer call() throws IOException, CommandFailedException {
        try (var client = target.ask(new AdminRequest.Events(Math.max(0, last), follow))) {
            for (var line = client.next(); line != null; line = client.next()) {
                if (line.has("exit")) {
                    if (line.has("error")) {
                        throw Target.failed(line);
                    }
                    return line.path("exit").asInt(ExitStatus.FAILED);
                }
                System.out.println(target.output().isJson() ? line.toString() : EventText.ofAny(line));
                if (System.out.checkError()) {
                    return ExitStatus.DONE; // nobody reads any more
                }
            }
        }
        return ExitStatus.DONE; // the cluster has ended
    }
}
