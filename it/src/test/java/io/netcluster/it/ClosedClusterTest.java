package io.netcluster.it;

import static io.netcluster.it.Attended.ask;
import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.Event;
import io.netcluster.Exit;
import io.netcluster.it.programs.LateFork;
import io.netcluster.it.programs.OpenAndClose;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster that is closed ends as a whole, in order, and leaves nothing. */
final class ClosedClusterTest {
    @TempDir
    private Path directory = Path.of("/tmp");

    @Test
    void fiftyClustersLeaveNothing() throws Exception {
        var places = Map.of("XDG_RUNTIME_DIR", directory.toString());
        var options = List.of("--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1");
        try (var running = Launch.java(places, options, OpenAndClose.class, 2, 50)) {
            var before = running.await("before (.* descriptors, \\[], \\[])$").group(1);
            assertThat(running.awaitExit()).as("%s", running.lines()).isZero();
            var after = running.await("after (.* descriptors, \\[], \\[])$").group(1);
            assertThat(after).isEqualTo(before);
            assertThat(running.lines()).hasSize(2);
            assertThat(directory).isEmptyDirectory();
        }
    }

    @Test
    void aForkInAnEndingJvmIsRefusedAndLeavesNothing() throws Exception {
        var places = Map.of("XDG_RUNTIME_DIR", directory.toString());
        try (var running = Launch.java(places, List.of(), LateFork.class)) {
            assertThat(running.awaitExit()).isZero();
            assertThat(directory).isEmptyDirectory();
            assertThat(Launch.lines(running))
                    .containsExactly("refused: the cluster netcluster can fork no worker: this JVM is ending");
        }
    }

    @Test
    void whoClosesItWaitsUntilItsWorkersHaveServedTheirConnectionsAndEverybodyHasHeardOfTheirEnd() throws Exception {
        try (var attended = new Attended()) {
            var worker = attended.fork();
            int port = Integer.parseInt(ask(worker, "open a socket 127.0.0.1 0"));
            var ledger = new Ledger(port);
            var closing = Thread.ofVirtual().unstarted(attended::close);
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                ledger.exchange(socket, "before");
                closing.start();
                attended.await(worker, Event.Draining.class);
                ledger.exchange(socket, "meanwhile");
                assertThat(closing.isAlive()).isTrue();
            }
            assertThat(closing.join(Running.PATIENCE)).isTrue();
            assertThat(attended.events(worker).getLast()).isEqualTo(new Event.Exited(worker, new Exit(0)));
            assertThat(ProcessHandle.of(worker.pid())).isEmpty();
            assertThat(ledger.lost()).isEmpty();
        }
    }

    @Test
    void whoIsInterruptedAsHeClosesItKillsWhatIsLeft() throws Exception {
        try (var attended = new Attended()) {
            var worker = attended.fork();
            ask(worker, "linger");
            var interrupted = new CompletableFuture<Boolean>();
            var closing = Thread.ofPlatform().start(() -> {
                attended.close();
                interrupted.complete(Thread.currentThread().isInterrupted());
            });
            attended.await(worker, Event.Draining.class);
            closing.interrupt();
            assertThat(interrupted.get(5, TimeUnit.SECONDS))
                    .as("still interrupted")
                    .isTrue();
            assertThat(worker.exit()).contains(new Exit(137));
        }
    }

    @Test
    void whoWaitsForTheEndMayBeInterruptedAndMayWaitForSomeTimeOnly() throws Exception {
        try (var attended = new Attended()) {
            assertThat(attended.cluster().awaitExit(Duration.ZERO))
                    .as("none was forked")
                    .isTrue();
            attended.cluster().awaitExit();
            var worker = attended.fork();
            assertThat(attended.cluster().awaitExit(Duration.ofMillis(10))).isFalse();

            var outcome = new CompletableFuture<String>();
            var waiting = Thread.ofPlatform().start(() -> {
                try {
                    attended.cluster().awaitExit();
                    outcome.complete("ended");
                } catch (InterruptedException e) {
                    outcome.complete("interrupted");
                }
            });
            waiting.interrupt();
            assertThat(outcome.get(5, TimeUnit.SECONDS)).isEqualTo("interrupted");
            assertThat(ask(worker, "identity")).as("it lives").startsWith("1 1");
            worker.kill(9);
            attended.cluster().awaitExit();
            assertThat(worker.exit()).contains(new Exit(137));
        }
    }
}
