package io.netcluster.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/** {@code netcluster logs}: shows what a background cluster's workers print. */
@Command(
        name = "logs",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        usageHelpWidth = 100,
        header = "Show what a background cluster's workers have printed, and print.",
        sortOptions = false,
        description = {
            "",
            "Each line has its worker's slot before it, and goes where the worker has sent it, to standard output or"
                    + " standard error. The files are those that 'netcluster describe' names the directory of.",
            ""
        },
        footer = {
            "",
            "Exit status: 0; 1 if there is no log; 2 if the command line is wrong; 3 if there is no such cluster."
        })
final class Logs implements Callable<Integer> {
    private static final long PAUSE_MILLIS = 100;

    @Mixin
    private Target target = new Target();

    @Option(
            names = {"-f", "--follow"},
            description = "Goes on with what is printed from now on.")
    private boolean follow;

    @Option(names = "--slot", paramLabel = "N", description = "Only the worker in this slot.")
    private @Nullable Integer slot;

    @Option(names = "--primary", description = "What the primary says, instead.")
    private boolean primary;

    @Option(
            names = "--lines",
            paramLabel = "N",
            defaultValue = "20",
            description = "How many lines of each worker to begin with (default: ${DEFAULT-VALUE}).")
    private int lines;

    @Override
    public Integer call() throws IOException, CommandFailedException, InterruptedException {
        if (lines < 0) {
            throw new CommandFailedException(ExitStatus.WRONG, "--lines takes a number from 0 on, not " + lines);
        }
        var home = target.home();
        if (!Files.exists(home.state())) {
            var status = Target.status(home);
            if (status == null) {
                throw target.notRunning();
            }
            throw new CommandFailedException(ExitStatus.FAILED, foreground(status));
        }
        var tails = new ArrayList<LogTail>();
        try {
            addNew(home, tails, lines);
            if (tails.isEmpty() && !follow) {
                throw new CommandFailedException(
                        ExitStatus.FAILED,
                        slot == null ? foreground(Target.status(home)) : "there is no log of a worker in slot " + slot);
            }
            for (var tail : tails) {
                begin(tail);
            }
            while (follow && !System.out.checkError()) {
                Thread.sleep(PAUSE_MILLIS);
                addNew(home, tails, Integer.MAX_VALUE);
                show(tails);
            }
            return ExitStatus.DONE;
        } finally {
            for (var tail : tails) {
                tail.close();
            }
        }
    }

    private String foreground(@Nullable ObjectNode status) {
        var unit = status == null ? null : Unit.in(status);
        return "'" + target.name() + "' has no logs: it runs in the foreground, and its workers print "
                + (unit == null ? "there" : "to where systemd has it, which '" + unit.journal() + "' shows");
    }

    private void addNew(ClusterPlace home, List<LogTail> tails, int from) throws IOException {
        for (var file : primary ? List.of(new LogFile(home.primaryLog(), 0, false)) : LogFile.ofWorkers(home)) {
            boolean wanted = primary || slot == null || file.slot() == slot;
            if (wanted && tails.stream().noneMatch(tail -> tail.log().equals(file))) {
                tails.add(new LogTail(file, from));
            }
        }
    }

    /** Shows the last lines, of which the older ones may have been rotated. */
    private void begin(LogTail tail) throws IOException {
        var last = new ArrayList<String>();
        tail.read(last::add);
        if (last.size() < lines) {
            last.addAll(0, tail.log().rotated(lines - last.size()));
        }
        last.forEach(line -> show(tail.log(), line));
    }

    private void show(List<LogTail> tails) throws IOException {
        for (var tail : tails) {
            tail.read(line -> show(tail.log(), line));
        }
    }

    private void show(LogFile log, String line) {
        if (target.output().isJson()) {
            target.output()
                    .json(Json.object()
                            .put("slot", log.slot())
                            .put("stream", log.error() ? "err" : "out")
                            .put("line", line));
        } else {
            var to = log.error() ? System.err : System.out;
            to.println(primary ? line : "[" + log.slot() + "] " + line);
        }
    }
}
