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
            "On a terminal it shows it until Ctrl-C; otherwise it shows it once.",
            "Exit status: 0; 2 if the command line is wrong; 3 if no such cluster runs."
        })
final class Top implements Callable<Integer> {
    private static final String ENTER = "\u001b[?1049h\u001b[?25l"; // another screen, without a cursor: xterm's ctlseqs
    private static final String LEAVE = "\u001b[?25h\u001b[?1049l";
    private static final String CLEAR = "\u001b[H\u001b[2J";

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
        long pause = Math.max(1, every) * 1000L;
        take(target.askOne(new AdminRequest.Status())); // what has been used until now
        if (!Terminal.isAtOutput() || target.output().isJson()) {
            Thread.sleep(Math.min(pause, 500));
            var status = target.askOne(new AdminRequest.Status());
            var lines = take(status);
            if (target.output().isJson()) {
                target.output().json(status);
            }
            lines.forEach(target.output()::text);
            return ExitStatus.DONE;
        }
        var restore = new Thread(() -> {
            System.out.print(LEAVE);
            System.out.flush();
        });
        Runtime.getRuntime().addShutdownHook(restore);
        System.out.print(ENTER);
        while (true) {
            var lines = take(target.askOne(new AdminRequest.Status()));
            System.out.print(CLEAR + String.join("\n", lines) + "\n");
            System.out.flush();
            Thread.sleep(pause);
        }
    }

    /** The table; what is seen is added to the JSON as well. */
    private List<String> take(ObjectNode status) {
        var now = Instant.now();
        double seconds = Math.max(0.001, Duration.between(last, now).toMillis() / 1000.0);
        last = now;
        var table = new TextTable("SLOT", "STATE", "PID", "CPU", "MEMORY", "UPTIME", "RESTARTS", "GENERATION");
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
}
