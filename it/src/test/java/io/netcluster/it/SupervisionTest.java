package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.programs.Ending;
import io.netcluster.it.programs.LateServer;
import io.netcluster.it.programs.LineServer;
import io.netcluster.it.programs.Stubborn;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Workers are started again, or not, as the policy says; and stop when told. */
final class SupervisionTest {
    @TempDir
    private Path directory = Path.of("/tmp");

    private Running endings(List<String> options, String... arguments) throws IOException {
        var words = new ArrayList<>(List.of(arguments));
        words.addFirst(directory.resolve("births").toString());
        return Running.cluster(
                Running.join(options.toArray(String[]::new), Running.program(Ending.class, words.toArray())));
    }

    private List<String[]> births() throws IOException {
        return Files.readAllLines(directory.resolve("births")).stream()
                .map(line -> line.split(" "))
                .toList();
    }

    @Test
    void aWorkerThatExitsWith0IsDoneAndTheCommandEndsWithTheWorstStatus() throws Exception {
        try (var cluster = endings(List.of("-n", "3", "--restart", "never"), "none", "0,7,3")) {
            assertThat(cluster.awaitExit()).isEqualTo(7);
            assertThat(births()).hasSize(3);
        }
    }

    @Test
    void allDoneIs0() throws Exception {
        try (var cluster = endings(List.of(), "none", "0,0")) {
            assertThat(cluster.awaitExit()).isZero();
            assertThat(births()).hasSize(2);
        }
    }

    @Test
    void aFailureIsStartedAgainInItsSlotWithANewId() throws Exception {
        try (var cluster = endings(List.of("-n", "2"), String.valueOf(FreePort.any()), "0,9")) {
            assertThat(cluster.awaitExit()).isZero(); // the fourth birth of slot 2 ends well
            assertThat(births()).filteredOn(birth -> birth[0].equals("1")).hasSize(1);
            assertThat(births()).filteredOn(birth -> birth[0].equals("2")).hasSize(4);
            assertThat(births()).extracting(birth -> birth[1]).doesNotHaveDuplicates();
            assertThat(cluster.lines("worker 2 .* exited with 9 after .*; starts again"))
                    .hasSize(3);
            assertThat(cluster.lines("worker 2 .* exited with 9 after .*; starts again$"))
                    .as("at once, as it was ready")
                    .isNotEmpty();
        }
    }

    /** As a JVM says that SIGTERM meets in its own initialisation. */
    @Test
    void oneThatIsStoppedBeforeItHasBegunHasNotFailed() throws Exception {
        try (var cluster =
                Running.cluster("-n", "1", "--", "/bin/sh", "-c", "trap 'exit 1' TERM; echo there; sleep 100 & wait")) {
            cluster.await("^\\[1] there");
            assertThat(cluster.stop()).isZero();
        }
    }

    @Test
    void aWorkerThatDiesBeforeItWasReadyWaitsLongerEachTime() throws Exception {
        try (var cluster = endings(List.of("-n", "1", "--ready", "explicit"), "none", "9")) {
            assertThat(cluster.awaitExit()).isZero();
            assertThat(cluster.lines("starts again in 1.0 s")).hasSize(1);
            assertThat(cluster.lines("starts again in 1.5 s")).hasSize(1);
            assertThat(cluster.lines("starts again in 2.[23] s")).hasSize(1);
            var times = births().stream().map(birth -> Long.parseLong(birth[2])).toList();
            assertThat(times.get(1) - times.get(0)).isGreaterThanOrEqualTo(1000);
            assertThat(times.get(2) - times.get(1)).isGreaterThanOrEqualTo(1500);
            assertThat(times.get(3) - times.get(2)).isGreaterThanOrEqualTo(2250);
        }
    }

    /** However long it took to find out: a program that asks for a port and does not get it is not ready. */
    @Test
    void aServerWhosePortIsTakenWaitsLongerEachTime() throws Exception {
        try (var stranger = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                var cluster = Running.cluster(Running.join(
                        new String[] {"-n", "1"}, Running.program(LateServer.class, 1200, stranger.getLocalPort())))) {
            cluster.await("exited with 1 .*; starts again in 1.0 s");
            cluster.await("exited with 1 .*; starts again in 1.5 s");
        }
    }

    @Test
    void alwaysStartsWhatEndedWellToo() throws Exception {
        try (var cluster = endings(List.of("-n", "1", "--restart", "always"), String.valueOf(FreePort.any()), "0")) {
            Running.await("three births", _ -> {
                try {
                    return births().size() >= 3;
                } catch (IOException e) {
                    return false; // none yet
                }
            });
            assertThat(cluster.process().isAlive()).isTrue();
        }
    }

    @Test
    void sigtermAndCtrlCStopTheWorkersAndTheStatusIs0() throws Exception {
        for (var signal : List.of("TERM", "INT")) {
            int port = FreePort.any();
            try (var cluster = Running.cluster(Running.program(LineServer.class, "selector", "127.0.0.1", port))) {
                var workers = cluster.awaitListening(2);
                cluster.signal(signal);
                assertThat(cluster.awaitExit()).isZero();
                assertThat(workers)
                        .allMatch(worker -> ProcessHandle.of(worker.pid()).isEmpty());
                assertThat(KernelSockets.on(port)).isEmpty();
            }
        }
    }

    /** A terminal sends Ctrl-C to all its processes; the workers are told by the primary alone. */
    @Test
    void aWorkerDoesNotDieOfTheTerminalsOwnCtrlC() throws Exception {
        int port = FreePort.any();
        try (var cluster = Running.cluster(Running.program(LineServer.class, "socket", "127.0.0.1", port))) {
            for (var worker : cluster.awaitListening(2)) {
                Running.signal("INT", worker.pid());
            }
            assertThat(new Ledger(port).connect(100, 8).lost()).isEmpty();
            assertThat(cluster.lines("exited")).isEmpty();
        }
    }

    @Test
    void aWorkerThatDoesNotStopIsKilledAfterTheStopTimeout() throws Exception {
        try (var cluster = Running.cluster(
                Running.join(new String[] {"-n", "1", "--stop-timeout", "1"}, Running.program(Stubborn.class)))) {
            cluster.await("^\\[1] stubborn");
            long start = System.nanoTime();
            assertThat(cluster.stop()).isEqualTo(137);
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(10));
        }
    }

    /** timeout(1) signals its child and then its whole group: the child is told twice, and means one stop. */
    @Test
    void twoSignalsAtOnceAreOneRequest() throws Exception {
        try (var cluster = Running.cluster(Running.join(new String[] {"-n", "1"}, Running.program(Stubborn.class)))) {
            cluster.await("^\\[1] stubborn");
            assertThat(new ProcessBuilder("sh", "-c", "kill -TERM $0; kill -TERM $0", "" + cluster.pid())
                            .start()
                            .waitFor())
                    .isZero();
            cluster.await("^\\[1] asked to stop");
            assertThat(cluster.lines("again")).isEmpty();
            assertThat(cluster.process().isAlive()).isTrue();
        }
    }

    @Test
    void aSecondCtrlCKillsAtOnce() throws Exception {
        try (var cluster = Running.cluster(Running.join(new String[] {"-n", "1"}, Running.program(Stubborn.class)))) {
            cluster.await("^\\[1] stubborn");
            cluster.signal("INT");
            cluster.await("^\\[1] asked to stop");
            // a person takes longer for a second Ctrl-C than the moment in which two signals count as one
            Running.await("killed", _ -> {
                try {
                    cluster.signal("INT");
                    return !cluster.lines("again").isEmpty();
                } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            assertThat(cluster.awaitExit()).isEqualTo(137);
        }
    }
}
