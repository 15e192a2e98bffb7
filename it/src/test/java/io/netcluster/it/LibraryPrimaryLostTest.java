package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.programs.Forsaken;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Workers whose primary is killed finish what they have, or stay, as their options say; none takes its place. */
final class LibraryPrimaryLostTest {
    @TempDir
    private Path directory = Path.of("/tmp");

    private static List<ProcessHandle> workers(Running primary) {
        return primary.await("^worker (\\d+)", 2).stream()
                .map(match -> ProcessHandle.of(Long.parseLong(match.group(1))).orElseThrow())
                .toList();
    }

    @Test
    void theyDrainIfNothingElseIsSaid() throws Exception {
        int port = FreePort.any();
        try (var primary = Launch.java(Forsaken.class, port, "DRAIN")) {
            primary.await("^ready");
            var workers = workers(primary);
            var ledger = new Ledger(port);
            try (var open = new Socket(InetAddress.getLoopbackAddress(), port)) {
                ledger.exchange(open, "before");
                primary.signal("KILL");
                Running.await("refused", _ -> Ledger.isRefused(port));
                ledger.exchange(open, "afterwards");
            }
            for (var worker : workers) {
                worker.onExit().get(20, TimeUnit.SECONDS);
            }
            assertThat(ledger.lost()).isEmpty();
            assertThat(Launch.lines(primary)).hasSize(4).noneMatch(line -> line.startsWith("!"));
        }
    }

    @Test
    void theyStayIfTheyAreTold() throws Exception {
        int port = FreePort.any();
        try (var primary = Launch.java(Forsaken.class, port, "STAY")) {
            primary.await("^ready");
            var workers = workers(primary);
            try {
                primary.signal("KILL");
                primary.process().onExit().join();
                var ledger = new Ledger(port).connect(200, 16);
                assertThat(ledger.lost()).isEmpty();
                assertThat(ledger.bySlot()).containsOnlyKeys(1, 2);
                assertThat(workers).allMatch(ProcessHandle::isAlive);
            } finally {
                workers.forEach(ProcessHandle::destroyForcibly);
            }
        }
    }

    @Test
    void oneThatHadNotBegunEndsAndIsNoPrimaryItself() throws Exception {
        begins(List.of(), () -> {});
    }

    @Test
    void norIsItWhenWhatTheClusterLeftBehindHasGoneAndSomebodyHasSetItsProperties() throws Exception {
        begins(List.of("-Dnetcluster.id=7"), this::sweep);
    }

    private interface Meanwhile {
        void happens() throws IOException;
    }

    /** Kills a primary whose worker is no JVM yet, and lets the worker go on after something else has happened. */
    private void begins(List<String> options, Meanwhile meanwhile) throws Exception {
        var environment = Map.of("XDG_RUNTIME_DIR", directory.toString());
        try (var primary = Launch.java(environment, options, Forsaken.class, 0, "STOP")) {
            long pid = Long.parseLong(primary.await("^stopped (\\d+)").group(1));
            var worker = ProcessHandle.of(pid).orElseThrow();
            try {
                Running.await("stopped", _ -> KernelSockets.isStopped(pid));
                primary.signal("KILL");
                primary.process().onExit().join();
                meanwhile.happens();
                Running.signal("CONT", pid);
                worker.onExit().get(20, TimeUnit.SECONDS);
            } finally {
                worker.destroyForcibly();
            }
            assertThat(primary.lines("^primary")).hasSize(1);
            assertThat(Launch.lines(primary)).noneMatch(line -> line.startsWith("!"));
        }
    }

    /** As the next cluster does with what a killed one has left behind. */
    private void sweep() throws IOException {
        try (var left = Files.list(directory)) {
            for (var cluster : left.toList()) {
                for (var file : cluster.toFile().listFiles()) {
                    assertThat(file.delete()).isTrue();
                }
                Files.delete(cluster);
            }
        }
    }
}
