package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netcluster.Cluster;
import io.netcluster.ReloadFailedException;
import io.netcluster.Worker;
import io.netcluster.WorkerOptions;
import io.netcluster.it.programs.Release;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A reload replaces all workers and loses nothing; one that fails leaves those that serve alone. */
final class ReloadTest {
    private int port;

    @TempDir
    private Path directory = Path.of("/tmp");

    private Path release = directory;

    @BeforeEach
    void firstRelease() throws IOException {
        port = FreePort.any();
        release = directory.resolve("release");
        next("serve");
    }

    private void next(String what) throws IOException {
        Files.writeString(release, what);
    }

    private Cluster open(String style) {
        return Cluster.open(Attended.options(Release.class, release.toString(), style, String.valueOf(port)));
    }

    private static List<Long> pids(Cluster cluster) {
        return cluster.workers().values().stream().map(Worker::pid).toList();
    }

    private static void awaitReady(Cluster cluster, int workers) {
        Running.await(
                "ready",
                _ -> cluster.workers().values().stream()
                                .filter(worker -> worker.state() == Worker.State.READY)
                                .count()
                        == workers);
    }

    @ParameterizedTest
    @CsvSource({"selector,1", "selector,2", "socket,2", "async,2", "channel-virtual,4"})
    void everyWorkerIsReplacedAndNoConnectionIsLost(String style, int workers) throws Exception {
        try (var cluster = open(style)) {
            for (int i = 0; i < workers; i++) {
                var _ = cluster.fork();
            }
            awaitReady(cluster, workers);
            var ledger = new Ledger(port);
            try (var load = ledger.load(16)) {
                for (int reload = 0; reload < 3; reload++) {
                    var before = pids(cluster);
                    load.awaitServed(100);
                    cluster.reload();
                    assertThat(pids(cluster)).hasSize(workers).doesNotContainAnyElementsOf(before);
                    load.awaitServed(100);
                }
            }
            assertThat(ledger.lost()).isEmpty();
            assertThat(ledger.served()).isEqualTo(ledger.opened());
            assertThat(cluster.workers().values().stream().map(Worker::slot).distinct())
                    .hasSize(workers);
        }
        assertThat(Ledger.isRefused(port)).isTrue();
    }

    @Test
    void aReleaseThatCannotStartReplacesNothing() throws Exception {
        try (var cluster = open("selector")) {
            var _ = cluster.fork(WorkerOptions.defaults());
            var _ = cluster.fork(WorkerOptions.defaults());
            awaitReady(cluster, 2);
            var before = pids(cluster);
            var ledger = new Ledger(port);
            try (var load = ledger.load(8)) {
                load.awaitServed(50);
                next("crash");
                assertThatThrownBy(cluster::reload)
                        .isInstanceOf(ReloadFailedException.class)
                        .hasMessageContaining("worker 1 (pid ")
                        .hasMessageContaining("exited with 3 before it was ready");
                load.awaitServed(50);
                assertThat(pids(cluster)).isEqualTo(before);

                next("serve");
                cluster.reload();
                load.awaitServed(50);
                assertThat(pids(cluster)).hasSize(2).doesNotContainAnyElementsOf(before);
            }
            assertThat(ledger.lost()).isEmpty();
        }
    }

    @Test
    void aReleaseThatIsNotReadyInTimeReplacesNothing() throws Exception {
        try (var cluster = open("selector")) {
            var _ = cluster.fork(WorkerOptions.defaults().readyTimeout(Duration.ofSeconds(2)));
            awaitReady(cluster, 1);
            var before = pids(cluster);
            next("idle");
            assertThatThrownBy(cluster::reload)
                    .isInstanceOf(ReloadFailedException.class)
                    .hasMessageContaining("was not ready within 2 s: it has opened no listener");
            Running.await("the other is ended", _ -> pids(cluster).equals(before));
            assertThat(new Ledger(port).connect(20, 4).lost()).isEmpty();
        }
    }

    /** What the old release listens on is given up with its last worker, and nothing that waits there is lost. */
    @Test
    void aReleaseMayListenElsewhere() throws Exception {
        int other = FreePort.any();
        try (var cluster = open("selector")) {
            var _ = cluster.fork();
            var _ = cluster.fork();
            awaitReady(cluster, 2);
            next(String.valueOf(other));
            cluster.reload();
            assertThat(Ledger.isRefused(port)).isTrue();
            assertThat(new Ledger(other).connect(20, 4).lost()).isEmpty();
        }
        assertThat(Ledger.isRefused(other)).isTrue();
    }

    @Test
    void oneReloadAtATime() throws Exception {
        try (var cluster = open("selector")) {
            var _ = cluster.fork(WorkerOptions.defaults().readyTimeout(Duration.ofSeconds(3)));
            awaitReady(cluster, 1);
            next("idle");
            var first = CompletableFuture.supplyAsync(() -> {
                try {
                    cluster.reload();
                    return "reloaded";
                } catch (IOException | InterruptedException e) {
                    return e.toString();
                }
            });
            Running.await("it has begun", _ -> cluster.workers().size() == 2);
            assertThatThrownBy(cluster::reload)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the reload to generation 2 is in progress");
            assertThat(first.join()).contains("was not ready within 3 s");
        }
    }

    /** Nobody waits for an old worker's crash, nor does it harm the reload. */
    @Test
    void anOldWorkerMayDieMeanwhile() throws Exception {
        try (var cluster = open("selector")) {
            var old = cluster.fork();
            var _ = cluster.fork();
            awaitReady(cluster, 2);
            var reload = CompletableFuture.runAsync(() -> {
                try {
                    cluster.reload();
                } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            Running.await("it has begun", _ -> cluster.workers().size() == 3);
            Running.signal("KILL", old.pid());
            reload.join();
            assertThat(pids(cluster)).hasSize(2).doesNotContain(old.pid());
            assertThat(new Ledger(port).connect(40, 4).lost()).isEmpty();
        }
    }
}
