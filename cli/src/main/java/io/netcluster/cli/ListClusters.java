package io.netcluster.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code netcluster ls}: lists all clusters. */
@Command(
        name = "ls",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        usageHelpWidth = 100,
        header = "List the clusters of this user.",
        sortOptions = false,
        footer = {"", "Exit status: 0; 2 if the command line is wrong."})
final class ListClusters implements Callable<Integer> {
    @Mixin
    private Output output = new Output();

    @Override
    public Integer call() throws IOException {
        var table = new TextTable("NAME", "STATE", "WORKERS", "GENERATION", "UPTIME", "PRIMARY");
        boolean any = false;
        for (var name : ClusterPlace.names()) {
            var home = ClusterPlace.of(name);
            var status = Target.status(home);
            if (status == null && !Files.exists(home.definition())) {
                continue; // a cluster that ran in the foreground, and has left a directory behind
            }
            any = true;
            if (output.isJson()) {
                output.json(status == null ? Json.object().put("name", name).put("state", state(home)) : status);
            } else if (status == null) {
                table.row(name, state(home), "-", "-", "-", "-");
            } else {
                table.row(
                        name,
                        status.path("change").isString() ? "changing" : "running",
                        status.path("ready").asString("") + "/"
                                + status.path("workers").asString(""),
                        status.path("generation").asString(""),
                        Uptime.since(Instant.parse(status.path("started").asString())),
                        status.path("pid").asString(""));
            }
        }
        if (any) {
            table.lines().forEach(output::text);
        } else {
            output.text("there is no cluster; 'netcluster start' starts one in the background");
        }
        return ExitStatus.DONE;
    }

    /** Of a cluster without a primary. */
    private static String state(ClusterPlace place) throws IOException {
        return place.hasWorkers() ? "orphaned" : "stopped";
    }
}
