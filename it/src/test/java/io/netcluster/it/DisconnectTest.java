package io.netcluster.it;

import static io.netcluster.it.Attended.answer;
import static io.netcluster.it.Attended.ask;
import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.Event;
import io.netcluster.Exit;
import io.netcluster.Worker;
import io.netcluster.WorkerOptions;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A worker that is asked to go finishes what it has accepted, takes nothing new, and goes; whoever asks. */
final class DisconnectTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    private static Exit end(CompletableFuture<Exit> exit) throws Exception {
        return exit.get(Running.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void anOpenConnectionIsWaitedForAndPortsOfItsOwnAreClosedMeanwhile() throws Exception {
        try (var attended = new Attended()) {
            var worker = attended.fork();
            int shared = FreePort.any();
            ask(worker, "open a socket 127.0.0.1 " + shared);
            int own = Integer.parseInt(ask(worker, "open b selector 127.0.0.1 0"));
            var ledger = new Ledger(shared);
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), shared)) {
                ledger.exchange(socket, "before");
                var end = worker.disconnect(LONG);
                attended.await(worker, Event.Draining.class, event -> event.connections() == 1);
                assertThat(worker.connections()).hasValue(1);
                Running.await("refused", _ -> Ledger.isRefused(shared) && Ledger.isRefused(own));
                ledger.exchange(socket, "meanwhile");
                assertThat(ask(worker, "draining")).isEqualTo("true");
                assertThat(end).isNotDone();
                socket.close();
                assertThat(end(end)).isEqualTo(new Exit(0));
            }
            assertThat(ledger.lost()).isEmpty();
            assertThat(worker.connections()).hasValue(0);
            attended.await(worker, Event.Exited.class);
            assertThat(attended.events(worker))
                    .as("both are closed, and that is told")
                    .filteredOn(Event.Closed.class::isInstance)
                    .hasSize(2);
        }
    }

    @Test
    void aConnectionIsWaitedForUntilTimeIsUp() throws Exception {
        try (var attended = new Attended()) {
            var worker = attended.fork();
            int port = Integer.parseInt(ask(worker, "open a socket 127.0.0.1 0"));
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                new Ledger(port).exchange(socket, "before");
                long start = System.nanoTime();
                assertThat(end(worker.disconnect(Duration.ofMillis(800)))).isEqualTo(new Exit(0));
                assertThat(Duration.ofNanos(System.nanoTime() - start))
                        .isBetween(Duration.ofMillis(700), Duration.ofSeconds(10));
                assertThat(socket.getInputStream().read()).as("closed").isEqualTo(-1);
            }
            assertThat(worker.exitedAfterDisconnect()).isTrue();
        }
    }

    @Test
    void aWorkerCanAskForItsOwnEnd() throws Exception {
        try (var attended = new Attended()) {
            var worker = attended.fork();
            int port = Integer.parseInt(ask(worker, "open a socket 127.0.0.1 0"));
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                var ledger = new Ledger(port);
                ledger.exchange(socket, "before");
                ask(worker, "disconnect 60000");
                Running.await("refused", _ -> Ledger.isRefused(port));
                ledger.exchange(socket, "meanwhile");
                assertThat(ledger.lost()).isEmpty();
            }
            assertThat(end(worker.exited())).isEqualTo(new Exit(0));
            assertThat(worker.exitedAfterDisconnect()).isTrue();
        }
    }

    /** As a worker does that is not wanted any more when it has only begun. */
    @Test
    void oneThatBindsWhenItDrainsGetsNoConnections() throws Exception {
        try (var attended = new Attended()) {
            int port = FreePort.any();
            ask(attended.fork(), "open a socket 127.0.0.1 " + port);
            var late = attended.fork();
            ask(late, "linger");
            var end = late.disconnect(LONG);
            attended.await(late, Event.Draining.class);
            assertThat(answer(late, "open a socket 127.0.0.1 " + port)).startsWith("failed");
            var ledger = new Ledger(port).connect(40, 4);
            assertThat(ledger.lost()).isEmpty();
            assertThat(ledger.pids()).doesNotContain(late.pid());
            ask(late, "leave");
            assertThat(end(end)).isEqualTo(new Exit(0));
        }
    }

    /** Stopped by SIGSTOP it accepts nothing, so what is connected then waits in the kernel. */
    @Test
    void whatWaitsForTheLastWorkerIsServedBeforeItGoes() throws Exception {
        try (var attended = new Attended()) {
            var worker = attended.fork();
            int port = FreePort.any();
            ask(worker, "open a socket 127.0.0.1 " + port);
            var ledger = new Ledger(port);
            worker.kill(19); // SIGSTOP
            Running.await("stopped", _ -> KernelSockets.isStopped(worker.pid()));
            try (var _ = ledger.burst(20)) {
                Running.await("they wait", _ -> KernelSockets.queued(port) == 20);
                var end = worker.disconnect(LONG);
                worker.kill(18); // SIGCONT
                assertThat(end(end)).isEqualTo(new Exit(0));
            }
            assertThat(ledger.lost()).isEmpty();
            assertThat(ledger.served()).isEqualTo(20);
        }
    }

    @Test
    void underLoadWorkersComeAndGoAndNothingIsLost() throws Exception {
        try (var attended = new Attended()) {
            int port = FreePort.any();
            ask(attended.fork(), "open a selector 127.0.0.1 " + port);
            var ledger = new Ledger(port);
            try (var load = ledger.load(8)) {
                for (int i = 0; i < 3; i++) {
                    var next = attended.fork();
                    ask(next, "open a socket 127.0.0.1 " + port);
                    var old = attended.cluster().workers().values().iterator().next();
                    assertThat(end(old.disconnect(LONG))).isEqualTo(new Exit(0));
                    load.awaitServed(100);
                }
            }
            assertThat(ledger.lost()).isEmpty();
        }
    }

    @Test
    void aProgramsHooksAreWaitedForUntilTimeIsUp() throws Exception {
        try (var attended = new Attended()) {
            var patient = attended.fork();
            var hasty = attended.fork();
            ask(patient, "linger");
            ask(hasty, "linger");
            var end = patient.disconnect(LONG);
            attended.await(patient, Event.Draining.class);
            assertThat(end(hasty.disconnect(Duration.ofMillis(300)))).isEqualTo(new Exit(0));
            assertThat(end).isNotDone();
            ask(patient, "leave");
            assertThat(end(end)).isEqualTo(new Exit(0));
        }
    }

    @Test
    void aWorkerThatIsAskedWhileItStartsGoesWhenItHasCome() throws Exception {
        try (var attended = new Attended()) {
            var worker = attended.fork();
            assertThat(end(worker.disconnect(LONG))).isEqualTo(new Exit(0));
            assertThat(worker.exitedAfterDisconnect()).isTrue();
            attended.await(worker, Event.Exited.class);
            assertThat(attended.events(worker))
                    .extracting(event -> event.getClass().getSimpleName())
                    .startsWith("Forked", "Online")
                    .endsWith("Disconnected", "Exited")
                    .doesNotContain("Ready");
        }
    }

    @Test
    void oneThatNeverComesIsEndedWhenTimeIsUp() throws Exception {
        try (var attended = new Attended(Attended.options()
                .command("/bin/sh", "-c", "trap '' TERM; while :; do sleep 0.1; done")
                .workers(WorkerOptions.defaults().stopTimeout(Duration.ofMillis(200))))) {
            var worker = attended.fork();
            assertThat(end(worker.disconnect(Duration.ZERO)).signal()).hasValue(9);
            assertThat(worker.exitedAfterDisconnect()).isTrue();
        }
    }

    @Test
    void aWholeClusterIsAskedAtOnceAndAnyTimeWillDo() throws Exception {
        try (var attended = new Attended()) {
            var workers = List.of(attended.fork(), attended.fork());
            for (var worker : workers) {
                ask(worker, "identity");
            }
            attended.cluster().disconnect(Duration.ofSeconds(Long.MAX_VALUE));
            assertThat(attended.cluster().awaitExit(Duration.ofSeconds(Long.MAX_VALUE)))
                    .isTrue();
            assertThat(workers).allMatch(Worker::exitedAfterDisconnect);
            assertThat(ask(attended.fork(), "identity")).as("it is open still").startsWith("3 1");
        }
    }

    @Test
    void theTerminalsCtrlCIsNotForWorkers() throws Exception {
        try (var attended = new Attended()) {
            var worker = attended.fork();
            ask(worker, "identity");
            worker.kill(2); // SIGINT
            assertThat(ask(worker, "identity")).startsWith("1 1");
            worker.kill();
            assertThat(end(worker.exited())).isEqualTo(new Exit(143));
        }
    }

    @Test
    void anExclusivePortIsOneWorkersAlone() throws Exception {
        try (var attended = new Attended()) {
            var first = attended.fork();
            var second = attended.fork();
            int port = FreePort.any();
            for (var worker : List.of(first, second)) {
                ask(worker, "exclusive " + port);
            }
            ask(first, "open a socket 127.0.0.1 " + port);
            assertThat(answer(second, "open a socket 127.0.0.1 " + port))
                    .isEqualTo("failed java.net.BindException: Address already in use");
            var told = attended.await(first, Event.Listening.class);
            assertThat(told.listener().shared()).isFalse();
            assertThat(first.listeners()).containsExactly(told.listener());
            assertThat(second.listeners()).isEmpty();

            first.kill(9);
            end(first.exited());
            assertThat(ask(second, "open a socket 127.0.0.1 " + port)).isEqualTo("" + port);
            end(second.disconnect());
            Running.await("closed, too", _ -> Ledger.isRefused(port));
        }
    }
}
