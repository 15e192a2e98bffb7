package io.netcluster.cli;

import java.io.IOException;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/** {@code netcluster describe}: tells all of a cluster. */
@Command(
        name = "describe",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        usageHelpWidth = 100,
        header = "Tell all of a cluster: its workers, and where they listen.",
        sortOptions = false,
        footer = {"", "Exit status: 0; 2 if the command line is wrong; 3 if no such cluster runs."})
final class Describe implements Callable<Integer> {
    @Mixin
    private Target target = new Target();

    @Override
    public Integer call() throws IOException, CommandFailedException {
        var status = target.askOne(new AdminRequest.Status());
        var output = target.output();
        var home = target.home();
        status.put("runtime", home.runtime().toString()).put("logs", home.logs().toString());
        if (output.isJson()) {
            output.json(status);
            return ExitStatus.DONE;
        }
        output.text("name        " + status.path("name").asString(""));
        output.text("primary     " + status.path("pid").asString("") + ", since "
                + Uptime.since(Instant.parse(status.path("started").asString())));
        output.text("definition  " + status.path("definition").asString(""));
        output.text("generation  " + status.path("generation").asString(""));
        if (status.path("change").isString()) {
            output.text("in progress " + status.path("change").asString());
        }
        output.text("logs        " + home.logs());
        output.text("");
        table(status).lines().forEach(output::text);
        for (var seat : status.path("seats")) {
            if (seat.path("why").isString()) {
                output.text("slot " + seat.path("slot").asString("") + " has no worker: "
                        + seat.path("why").asString(""));
            }
        }
        return ExitStatus.DONE;
    }

    /** A row for each worker. */
    static TextTable table(JsonNode status) {
        var table = new TextTable("SLOT", "STATE", "PID", "GENERATION", "UPTIME", "RESTARTS", "MEMORY", "LISTENS ON");
        for (var seat : status.path("seats")) {
            boolean runs = seat.path("started").isString();
            var role = seat.path("role").asString("");
            table.row(
                    seat.path("slot").asString(""),
                    seat.path("state").asString("") + (role.equals("occupant") ? "" : " (" + role + ")"),
                    runs ? seat.path("pid").asString("") : "-",
                    seat.path("generation").asString(""),
                    runs ? Uptime.since(Instant.parse(seat.path("started").asString())) : "-",
                    seat.path("restarts").asString(""),
                    runs ? ProcessUse.of(seat.path("pid").asLong(0)).memory() : "-",
                    seat.path("listeners").valueStream().map(JsonNode::asString).collect(Collectors.joining(", ")));
        }
        return table;
    }
}
