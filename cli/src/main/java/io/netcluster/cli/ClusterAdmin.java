package io.netcluster.cli;

import io.netcluster.cli.AdminRequest.Events;
import io.netcluster.cli.AdminRequest.Leave;
import io.netcluster.cli.AdminRequest.Reload;
import io.netcluster.cli.AdminRequest.Restart;
import io.netcluster.cli.AdminRequest.Scale;
import io.netcluster.cli.AdminRequest.Status;
import io.netcluster.cli.AdminRequest.Stop;
import io.netcluster.primary.ChangeResult;
import io.netcluster.primary.ClusterStatus;
import io.netcluster.primary.Console;
import io.netcluster.primary.Definition;
import io.netcluster.primary.Supervisor;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Does with a cluster what its admin socket is asked for. */
final class ClusterAdmin implements AdminServer.Handler {
    private static final long PATIENCE_MILLIS = 500;

    private final Supervisor supervisor;
    private final EventFeed feed;
    private final Launch launch;
    private final Console console;
    private final Instant started = Instant.now();
    private final CompletableFuture<Integer> ended = new CompletableFuture<>();
    private final AtomicInteger awaitingEnd = new AtomicInteger();
    private volatile int parallel;

    /** How the cluster was started, and can be again. */
    record Launch(DefinitionSource source, Definitions definitions, Configuration first) {}

    ClusterAdmin(Supervisor supervisor, EventFeed feed, Launch launch, Console console) {
        this.supervisor = supervisor;
        this.feed = feed;
        this.launch = launch;
        this.console = console;
        this.parallel = launch.first().parallel();
    }

    @Override
    public void handle(AdminRequest request, Answers answers) throws IOException, InterruptedException {
        switch (request) {
            case Status _ -> {
                answers.line(StatusJson.of(supervisor.status(), launch.source().where(), started, unit()));
                answers.end(ExitStatus.DONE);
            }
            case Reload reload -> reload(reload.parallel(), answers);
            case Restart _ -> answer(supervisor.restart(parallel), answers);
            case Scale scale ->
                answer(
                        scale.relative() ? supervisor.scaleBy(scale.workers()) : supervisor.scale(scale.workers()),
                        answers);
            case Stop stop -> stop(stop.now(), answers);
            case Events events -> tell(events, answers);
            case Leave _ -> leave(answers);
        }
    }

    // ------------------------------------------------------------------ changes

    private void reload(@Nullable Integer asked, Answers answers) throws IOException, InterruptedException {
        Reading reading;
        try {
            reading = read();
        } catch (WrongDefinitionException e) {
            answers.end(Json.error(ExitStatus.WRONG, e.getMessage() + "\nnothing has been changed"));
            return;
        }
        answer(supervisor.reload(reading.definition, asked == null ? reading.parallel : asked), answers);
    }

    /** Reloads because of a signal: what becomes of it is told on the console. */
    void reload() {
        try {
            var reading = read();
            var _ = supervisor.reload(reading.definition, reading.parallel);
        } catch (WrongDefinitionException e) {
            e.problems().forEach(console::say);
            console.say("the definition is wrong: nothing has been changed");
        }
    }

    private record Reading(Definition definition, int parallel) {}

    private Reading read() throws WrongDefinitionException {
        var configuration = launch.source().read();
        var name = launch.first().name();
        if (!Objects.equals(configuration.name(), name)) {
            throw new WrongDefinitionException(List.of("the definition is one of '" + configuration.name()
                    + "' now, and this is '" + name + "': stop this one, and start that one"));
        }
        parallel = configuration.parallel();
        return new Reading(launch.definitions().of(configuration), parallel);
    }

    /** Tells of what happens until it is over. */
    private void answer(CompletableFuture<ChangeResult> change, Answers answers)
            throws IOException, InterruptedException {
        try (var follower = feed.follow(0)) {
            var over = tellUntil(change, follower, answers);
            switch (over) {
                case ChangeResult.Done done ->
                    answers.end(
                            Json.object().put("generation", done.generation()).put("exit", ExitStatus.DONE));
                case ChangeResult.Failed failed -> {
                    var line = Json.error(ExitStatus.FAILED, failed.why()).put("slot", failed.slot());
                    var lines = line.putArray("lines");
                    failed.lastLines().forEach(lines::add);
                    answers.end(line);
                }
                case ChangeResult.Refused refused -> answers.end(Json.error(ExitStatus.REFUSED, refused.why()));
            }
        }
    }

    private static <T> T tellUntil(CompletableFuture<T> end, EventFeed.Follower follower, Answers answers)
            throws IOException, InterruptedException {
        while (true) {
            boolean over = end.isDone();
            for (var event = follower.next(over ? 0 : 20); event != null; event = follower.next(0)) {
                answers.line(event);
            }
            if (over) {
                return end.join();
            }
        }
    }

    // ------------------------------------------------------------------ the end

    private void stop(boolean now, Answers answers) throws IOException, InterruptedException {
        awaitingEnd.incrementAndGet();
        try (var follower = feed.follow(0)) {
            if (now) {
                supervisor.killAll();
            }
            supervisor.stop("netcluster stop");
            int status = tellUntil(ended, follower, answers);
            answers.end(Json.object().put("status", status).put("exit", ExitStatus.DONE));
        } finally {
            awaitingEnd.decrementAndGet();
        }
    }

    /**
     * Ends this process as a crash would: nothing is said to the workers, and all that the next primary must know has been
     * written down before.
     */
    private void leave(Answers answers) throws IOException {
        var status = supervisor.status();
        var waiting = status.seats().stream()
                .filter(seat -> seat.state() == ClusterStatus.State.BACKOFF)
                .findFirst();
        if (launch.definitions().logs() == null) {
            answers.end(Json.error(ExitStatus.REFUSED, Unit.whyNoTakeover(unit())));
        } else if (!launch.definitions().leavesWorkers(launch.first())) {
            answers.end(Json.error(
                    ExitStatus.REFUSED,
                    "these workers do not outlive their primary: the definition has another 'orphan' than \"keep\""));
        } else if (status.change() != null) {
            answers.end(Json.error(ExitStatus.REFUSED, "the " + status.change() + " is in progress"));
        } else if (waiting.isPresent()) {
            answers.end(Json.error(
                    ExitStatus.REFUSED,
                    "slot " + waiting.get().slot() + " has no worker at this moment, so that the connections that wait"
                            + " for its next one are in this process's hands alone; try again when it has one"));
        } else {
            answers.end(ExitStatus.DONE);
            Runtime.getRuntime().halt(ExitStatus.DONE);
        }
    }

    private @Nullable Unit unit() {
        var name = launch.first().name();
        return Unit.ofThis(name == null ? Definitions.UNNAMED : name, System.getenv());
    }

    /** The cluster has ended: whoever waits for that is told, within a bounded time. */
    void end(int status) throws InterruptedException {
        ended.complete(status);
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        while (awaitingEnd.get() > 0 && System.nanoTime() < deadline) {
            Thread.sleep(5);
        }
    }

    // ------------------------------------------------------------------ events

    private void tell(Events events, Answers answers) throws IOException, InterruptedException {
        try (var follower = feed.follow(events.last())) {
            for (var event : follower.before()) {
                answers.line(event);
            }
            if (events.follow()) {
                var gone = new CompletableFuture<Void>();
                answers.whenGone(() -> gone.complete(null));
                follow(follower, gone, answers);
            }
            answers.end(ExitStatus.DONE);
        }
    }

    private void follow(EventFeed.Follower follower, CompletableFuture<Void> gone, Answers answers)
            throws IOException, InterruptedException {
        while (!gone.isDone() && !ended.isDone()) {
            @Nullable ObjectNode event = follower.next(200);
            if (event != null) {
                answers.line(event);
            } else if (follower.isLost()) {
                answers.end(Json.error(ExitStatus.FAILED, "you do not read as fast as things happen here"));
                return;
            }
        }
    }
}
