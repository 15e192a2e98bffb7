package io.netcluster.cli;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A background cluster that has been launched, until all its workers are ready or one has failed. */
final class Starting implements AutoCloseable {
    private static final Duration LAUNCH = Duration.ofSeconds(30);
    private static final int SHOWN_LINES = 20;

    private final ClusterPlace home;
    private final Process daemon;
    private final Configuration configuration;
    private final Output output;
    private final long logBefore;
    private volatile @Nullable AdminClient events;
    private volatile boolean late;
    private int workers;
    private boolean adopted;

    Starting(ClusterPlace home, Process daemon, Configuration configuration, Output output) {
        this.home = home;
        this.daemon = daemon;
        this.configuration = configuration;
        this.output = output;
        this.logBefore = home.primaryLog().toFile().length();
    }

    /** Waits; if the start has failed the cluster is ended, and an exception says why. */
    int await() throws IOException, InterruptedException, CommandFailedException {
        var first = connect();
        events = first;
        var late = Thread.ofVirtual().start(() -> {
            try {
                Thread.sleep(configuration.readyTimeout());
                late();
            } catch (InterruptedException e) {
                return; // all are ready
            }
        });
        try {
            follow(first);
        } finally {
            late.interrupt();
        }
        if (output.isJson()) {
            output.json(Json.object()
                    .put("name", home.name())
                    .put("pid", daemon.pid())
                    .put("workers", workers)
                    .put("exit", ExitStatus.DONE));
        }
        output.text("'" + home.name() + "' runs: primary " + daemon.pid() + ", " + workers
                + (workers == 1 ? " worker" : " workers") + ". 'netcluster logs " + home.name()
                + "' shows what they print");
        return ExitStatus.DONE;
    }

    /** Time is up. */
    private void late() {
        late = true;
        close();
    }

    /** Waits for the primary to listen; it has begun to start workers by then. */
    private AdminClient connect() throws IOException, InterruptedException, CommandFailedException {
        var deadline = Instant.now().plus(LAUNCH);
        while (Instant.now().isBefore(deadline)) {
            try {
                var status = Target.status(home);
                if (status != null && status.path("pid").asLong(0) == daemon.pid()) {
                    return AdminClient.ask(home.admin(), new AdminRequest.Events(1000, true));
                }
            } catch (IOException e) {
                // it has gone again
            }
            if (daemon.waitFor(20, TimeUnit.MILLISECONDS)) {
                throw ended();
            }
        }
        daemon.destroyForcibly();
        throw failed("the primary could not be reached within " + LAUNCH.toSeconds() + " s", primaryLines());
    }

    private void follow(AdminClient first) throws IOException, InterruptedException, CommandFailedException {
        var client = first;
        while (!isReady()) {
            var event = next(client);
            if (event == null && daemon.isAlive() && !late) {
                client = connect();
                events = client;
                continue; // all that has happened is told again
            }
            if (event == null) {
                throw failedWithoutAWord();
            }
            adopted |= event.path("event").asString("").equals("adopted");
            if (event.path("event").asString("").equals("exited")
                    && !event.path("ready").asBoolean(false)) {
                throw failed(
                        "a worker ended before it was ready: " + EventText.of(event) + "; " + giveUp(),
                        event.path("lines")
                                .valueStream()
                                .map(JsonNode::asString)
                                .toList());
            }
            var text = EventText.of(event);
            if (text != null && event.has("slot")) {
                output.text(text);
            }
        }
    }

    /** Whether all workers are; there may be others than were asked for, which have outlived the primary before. */
    private boolean isReady() {
        var status = Target.status(home);
        if (status == null) {
            return false; // its end will be told
        }
        workers = status.path("workers").asInt(0);
        return workers > 0 && status.path("ready").asInt(0) == workers;
    }

    /** Time is up, or the primary has gone. */
    private CommandFailedException failedWithoutAWord() throws InterruptedException {
        if (!daemon.isAlive()) {
            return ended();
        }
        return failed(
                "not all workers were ready within "
                        + configuration.readyTimeout().toSeconds() + " s; " + giveUp(),
                workerLines());
    }

    private static @Nullable ObjectNode next(AdminClient client) {
        try {
            var event = client.next();
            return event == null || event.has("exit") ? null : event;
        } catch (IOException e) {
            return null; // closed, as time is up or the primary has gone
        }
    }

    /** Nothing half-done stays; but workers from before are not ended because others cannot start. */
    private String giveUp() throws InterruptedException {
        if (adopted) {
            return "those that have outlived the primary before serve on";
        }
        try (var stop = AdminClient.ask(home.admin(), new AdminRequest.Stop(false))) {
            while (stop.next() != null) {
                // it is stopping
            }
        } catch (IOException e) {
            daemon.destroy(); // it does not answer
        }
        if (!daemon.waitFor(configuration.stopTimeout().toSeconds() + 5, TimeUnit.SECONDS)) {
            daemon.destroyForcibly();
        }
        return "the cluster has been stopped";
    }

    private CommandFailedException ended() throws InterruptedException {
        int status = daemon.waitFor();
        var lines = primaryLines();
        if (status == ExitStatus.REFUSED || status == ExitStatus.WRONG) {
            var last = lines.isEmpty() ? "" : lines.getLast();
            return new CommandFailedException(status, last);
        }
        return failed("the primary ended with " + status, lines);
    }

    private CommandFailedException failed(String why, List<String> lines) {
        var message = new StringBuilder("'" + home.name() + "' could not be started: " + why);
        for (var line : lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size())) {
            message.append("\n  ").append(line);
        }
        return new CommandFailedException(ExitStatus.FAILED, message.toString());
    }

    private List<String> primaryLines() {
        return LogFile.since(home.primaryLog(), logBefore).stream()
                .map(line -> line.replaceFirst("^netcluster: ", ""))
                .toList();
    }

    private List<String> workerLines() {
        var lines = new ArrayList<String>();
        for (var file : LogFile.ofWorkers(home)) {
            lines.addAll(file.last(3));
        }
        return lines;
    }

    @Override
    public void close() {
        var open = events;
        if (open != null) {
            open.close();
        }
    }
}
