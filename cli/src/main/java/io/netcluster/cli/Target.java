package io.netcluster.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

/** Which cluster a command is about. */
final class Target {
    @Parameters(index = "0", paramLabel = "NAME", description = "The cluster.")
    private String name = "";

    @Mixin
    private Output output = new Output();

    String name() {
        return name;
    }

    Output output() {
        return output;
    }

    /** Where it lives, whether it runs or not. */
    ClusterPlace home() throws IOException, CommandFailedException {
        if (!ConfigurationReader.NAME.matcher(name).matches()) {
            throw new CommandFailedException(
                    ExitStatus.WRONG,
                    "'" + name + "' can be no cluster's name: that is " + ConfigurationReader.NAME_EXPECTED);
        }
        return ClusterPlace.of(name);
    }

    /**
     * Asks its primary.
     *
     * @throws CommandFailedException if it does not run
     */
    AdminClient ask(AdminRequest request) throws IOException, CommandFailedException {
        var home = home();
        try {
            return AdminClient.ask(home.admin(), request);
        } catch (IOException e) {
            throw notRunning();
        }
    }

    /** As {@link #ask}, for an answer of one line beside the last. */
    ObjectNode askOne(AdminRequest request) throws IOException, CommandFailedException {
        try (var client = ask(request)) {
            var line = client.next();
            if (line == null) {
                throw gone();
            }
            if (line.has("error")) {
                throw failed(line);
            }
            return line;
        }
    }

    /** What an answer's last line says of a failure. */
    static CommandFailedException failed(ObjectNode line) {
        return new CommandFailedException(
                line.path("exit").asInt(ExitStatus.FAILED), line.path("error").asString(""));
    }

    CommandFailedException gone() {
        return new CommandFailedException(
                ExitStatus.FAILED,
                "the primary of '" + name + "' has gone before it had answered; see 'netcluster ls'");
    }

    CommandFailedException notRunning() throws IOException, CommandFailedException {
        var running = new ArrayList<String>();
        boolean stopped = false;
        for (var each : ClusterPlace.names()) {
            if (status(ClusterPlace.of(each)) != null) {
                running.add(each);
            } else if (each.equals(name) && Files.exists(ClusterPlace.of(each).definition())) {
                stopped = true;
            }
        }
        var again = "'netcluster start --again " + name + "'";
        var why = !stopped
                ? "no cluster is called '" + name + "'"
                : home().hasWorkers()
                        ? "'" + name + "' has lost its primary; " + again
                                + " gives it another, which takes its workers over"
                        : "'" + name + "' does not run; " + again + " starts it";
        return new CommandFailedException(
                ExitStatus.NOT_RUNNING, why + "; " + running(running) + ". Try 'netcluster ls'");
    }

    private static String running(List<String> names) {
        return names.isEmpty() ? "none is running" : "running: " + String.join(", ", names);
    }

    /** The status of a cluster, or null if it does not run. */
    static @Nullable ObjectNode status(ClusterPlace home) {
        try (var client = AdminClient.ask(home.admin(), new AdminRequest.Status())) {
            return client.next();
        } catch (IOException e) {
            return null;
        }
    }
}
