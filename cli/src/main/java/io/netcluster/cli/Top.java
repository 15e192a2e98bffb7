package io.netcluster.cli;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/** {@code netcluster top}: shows what a cluster's workers use, again and again. */
@Command(
        name = "top",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        usageHelpWidth = 100,
        header = "Show what a cluster's workers use, live.",
        sortOptions = false,
        footer = {
            "",
            "On a terminal it shows it until q or Ctrl-C is pressed; otherwise it shows it once. HEAP is what is in",
            "use, garbage among it, of what there may be.",
            "Exit status: 0; 2 if the command line is wrong; 3 if no such cluster runs."
        })
final class Top implements Callable<Integer> {
    @Mixin
    private Target target = new Target();

    @Option(
            names = "--every",
            paramLabel = "SECONDS",
            defaultValue = "1",
            description = "How often (default: ${DEFAULT-VALUE}).")
    private int every;

    private final Map<Long, Duration> cpu = new HashMap<>(); // by pid
    private Instant last = Instant.now();

    @Override
    public Integer call() throws IOException, CommandFailedException, InterruptedException {
        var pause = Duration.ofSeconds(Math.max(1, every));
        take(target.askOne(new AdminRequest.Status())); // what has been used until now
        if (!Terminal.isAtBoth() || target.output().isJson()) {
            Thread.sleep(Math.min(pause.toMillis(), 500));
            var status = target.askOne(new AdminRequest.Status());
            var lines = take(status);
            if (target.output().isJson()) {
                target.output().json(status);
            }
            lines.forEach(target.output()::text);
            return ExitStatus.DONE;
        }
        try (var screen = new Screen()) {
            do {
                screen.show(take(target.askOne(new AdminRequest.Status())));
            } while (!screen.isEnough(pause));
        }
        return ExitStatus.DONE;
    }

    /** The table; what is seen is added to the JSON as well. */
    private List<String> take(ObjectNode status) {
        var now = Instant.now();
        double seconds = Math.max(0.001, Duration.between(last, now).toMillis() / 1000.0);
        last = now;
        var table = new TextTable("SLOT", "STATE", "PID", "CPU", "MEMORY", "HEAP", "UPTIME", "RESTARTS", "GENERATION");
        for (var seat : status.path("seats")) {
            if (!(seat instanceof ObjectNode each) || !seat.path("started").isString()) {
                continue;
            }
            long pid = seat.path("pid").asLong(0);
            var use = ProcessUse.of(pid);
            var before = cpu.put(pid, use.cpu());
            double percent = before == null ? 0 : use.cpu().minus(before).toMillis() / 10.0 / seconds;
            each.put("cpu", Math.round(percent * 10) / 10.0).put("rss", use.resident());
            table.row(
                    seat.path("slot").asString(""),
                    seat.path("state").asString(""),
                    pid,
                    String.format(Locale.ROOT, "%.1f%%", percent),
                    use.memory(),
                    heap(seat.path("heapUsed").asLong(-1), seat.path("heapMax").asLong(-1)),
                    Uptime.since(Instant.parse(seat.path("started").asString())),
                    seat.path("restarts").asString(""),
                    seat.path("generation").asString(""));
        }
        var lines = table.lines();
        lines.add(
                0,
                status.path("name").asString("") + ": " + status.path("ready").asString("") + " of "
                        + status.path("workers").asString("") + " workers ready, generation "
                        + status.path("generation").asString("") + ", up "
                        + Uptime.since(Instant.parse(status.path("started").asString(""))));
        lines.add(1, "");
        return lines;
    }

    private static String heap(long used, long max) {
        return used < 0 ? "-" : ProcessUse.mebibytes(used) + " of " + ProcessUse.mebibytes(max);
    }
}
