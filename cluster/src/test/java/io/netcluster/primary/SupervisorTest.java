package io.netcluster.primary;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A cluster ends when it is finished and no worker is left, with the worst status. */
@SuppressWarnings("NullAway.Init") // set before each test
final class SupervisorTest {
    private static final Settings UNATTENDED = Settings.DEFAULTS.with(draft -> {
        draft.restart = RestartPolicy.NEVER;
        draft.stopTimeout = Duration.ofSeconds(1);
    });
    private static final Definition DEFINITION = definition(UNATTENDED);
    private static final Settings EXITS_WITH_3 =
            DEFINITION.settings().with(draft -> draft.arguments = List.of("-e", "exit 3"));

    private final Recorder recorder = new Recorder();
    private final CompletableFuture<Integer> status = new CompletableFuture<>();
    private Supervisor supervisor;

    private static Definition definition(Settings how) {
        return new Definition("test", 0, List.of("perl"), how, List.of(), List.of(), null, false);
    }

    @BeforeEach
    void start() throws Exception {
        supervisor = Supervisor.of(DEFINITION, recorder);
    }

    private void run() {
        var _ = Thread.ofPlatform().daemon().start(() -> {
            try {
                status.complete(supervisor.run());
            } catch (InterruptedException e) {
                status.completeExceptionally(e);
            }
        });
    }

    @Test
    void whatIsHeldForAFailedWorkersSuccessorIsNotWaitedFor() throws Exception {
        run();
        var _ = supervisor.fork(EXITS_WITH_3, worker -> worker);
        assertThat(recorder.awaitExits(1)).isTrue();
        supervisor.finish();
        assertThat(status).succeedsWithin(Duration.ofSeconds(20)).isEqualTo(3);
    }

    @Test
    void aSlotOfAFailedWorkerIsFree() throws Exception {
        run();
        for (int exits = 1; exits <= 2; exits++) {
            assertThat(supervisor.fork(EXITS_WITH_3, worker -> worker).slot()).isEqualTo(1);
            assertThat(recorder.awaitExits(1)).isTrue();
        }
        supervisor.finish();
        assertThat(status).succeedsWithin(Duration.ofSeconds(20)).isEqualTo(3);
    }

    @Test
    void aWorkerThatCannotBeStartedCountsAsOneThatEndedWith126() throws Exception {
        supervisor.abandon();
        supervisor =
                Supervisor.of(definition(EXITS_WITH_3.with(draft -> draft.directory = Path.of("/nowhere"))), recorder);
        supervisor.fill(1);
        supervisor.finish();
        run();
        assertThat(status).succeedsWithin(Duration.ofSeconds(20)).isEqualTo(126);
        assertThat(recorder.said()).hasSize(1).first().asString().startsWith("cannot start worker 1: ");
    }
}
