package io.netcluster.it;

import static io.netcluster.it.Attended.ask;
import static io.netcluster.it.Attended.tell;
import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.ClusterOptions;
import io.netcluster.Event;
import io.netcluster.Restart;
import io.netcluster.Worker;
import io.netcluster.WorkerOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A worker that has ended is replaced as its options say, and what waits at its listeners waits. */
final class RestartTest {
    private static ClusterOptions options(Restart restart) {
        return Attended.options().workers(WorkerOptions.defaults().restart(restart));
    }

    /** Listens, so that it is ready, and its successor need not wait. */
    private static void makeReady(Worker worker) throws Exception {
        ask(worker, "open own socket 127.0.0.1 0");
        worker.ready().get();
    }

    private static Worker successor(Attended attended, Worker of) {
        Running.await(
                "a successor",
                _ -> attended.cluster().workers().values().stream()
                        .anyMatch(worker -> worker.slot() == of.slot() && worker.id() > of.id()));
        return attended.cluster().workers().values().stream()
                .filter(worker -> worker.slot() == of.slot() && worker.id() > of.id())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void onFailureIsWhenItsStatusWasNotZero() throws Exception {
        try (var attended = new Attended(options(Restart.ON_FAILURE))) {
            var kept = attended.fork();
            var worker = attended.fork();
            for (var way : List.of("kill", "exit 3")) {
                makeReady(worker);
                if (way.equals("kill")) {
                    worker.kill(9);
                } else {
                    tell(worker, way);
                }
                worker = successor(attended, worker);
                assertThat(ask(worker, "identity")).isEqualTo(worker.id() + " 2 1 netcluster");
            }
            makeReady(worker);
            tell(worker, "exit 0");
            kept.disconnect();
            assertThat(attended.cluster().awaitExit(Duration.ofSeconds(20))).isTrue();
            assertThat(attended.cluster().workers()).isEmpty();
        }
    }

    @Test
    void alwaysIsUntilItIsDisconnected() throws Exception {
        try (var attended = new Attended(options(Restart.ALWAYS))) {
            var worker = attended.fork();
            makeReady(worker);
            tell(worker, "exit 0");
            var next = successor(attended, worker);
            ask(next, "identity");
            next.disconnect();
            assertThat(attended.cluster().awaitExit(Duration.ofSeconds(20))).isTrue();
        }
    }

    @Test
    void aSlotThatWaitsForItsNextWorkerIsWaitedForUnlessTheClusterIsDisconnected() throws Exception {
        try (var attended = new Attended(options(Restart.ALWAYS))) {
            var worker = attended.fork();
            ask(worker, "identity");
            tell(worker, "exit 3");
            attended.await(worker, Event.Exited.class);
            assertThat(attended.cluster().awaitExit(Duration.ofMillis(50)))
                    .as("another will come")
                    .isFalse();
            attended.cluster().disconnect();
            assertThat(attended.cluster().awaitExit(Duration.ofSeconds(20))).isTrue();
        }
    }

    /** SIGSTOP keeps it from accepting, so what is connected then waits in the kernel. */
    @Test
    void whoForksAgainHimselfFindsWhatWaitedForTheOneThatWasKilled() throws Exception {
        try (var attended = new Attended()) {
            attended.cluster().onEvent(event -> {
                if (event instanceof Event.Exited exited && !exited.worker().exitedAfterDisconnect()) {
                    fork(attended);
                }
            });
            int port = FreePort.any();
            var only = attended.fork();
            ask(only, "open a socket 127.0.0.1 " + port);
            only.kill(19); // SIGSTOP
            Running.await("stopped", _ -> KernelSockets.isStopped(only.pid()));
            var ledger = new Ledger(port);
            try (var _ = ledger.burst(20)) {
                Running.await("they wait", _ -> KernelSockets.queued(port) == 20);
                only.kill(9);
                ask(successor(attended, only), "open a socket 127.0.0.1 " + port);
            }
            assertThat(ledger.lost()).isEmpty();
            assertThat(ledger.served()).isEqualTo(20);
            assertThat(ledger.pids()).doesNotContain(only.pid());
        }
    }

    private static void fork(Attended attended) {
        try {
            attended.fork();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
