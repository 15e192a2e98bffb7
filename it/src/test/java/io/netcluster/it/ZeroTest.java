package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.KernelSockets.Bound;
import io.netcluster.it.programs.LineServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The promise, as a ledger: whatever is done to a cluster, no connection is lost that no killed worker had accepted.
 *
 * <p>16 clients all the while, 8 that open a connection for each request and 8 that keep theirs. {@code -Dnetcluster.zero=full}
 * does everything as often as the figures in docs/restart.md say; without it, each thing is done a few times.
 */
final class ZeroTest {
    private static final boolean FULL = "full".equals(System.getProperty("netcluster.zero"));
    private static final int RELOADS = FULL ? 20 : 2;
    private static final int KILLS = FULL ? 200 : 3;
    private static final int PRIMARY_KILLS = FULL ? 20 : 1;
    private static final int UPGRADES = FULL ? 5 : 1;
    private static final int CLIENTS = 8; // of each sort

    /** Those that die younger than a second may be of a program that cannot live, and are started again later and later. */
    private static final Duration SETTLED = Duration.ofSeconds(2);

    @TempDir
    private Path directory = Path.of("/tmp");

    private int port;
    private Daemons daemons;
    private Ledger fresh;

    @BeforeEach
    void open() throws IOException {
        port = FreePort.any();
        daemons = new Daemons(directory);
        fresh = new Ledger(line -> {
            try (var connection = new KeepAliveLoad.Connection(port)) {
                return connection.get(line);
            }
        });
    }

    @AfterEach
    void close() {
        daemons.close();
    }

    private void start(int workers) throws Exception {
        daemons.run(Running.join(
                        new String[] {"start", "--name", "zero", "-n", String.valueOf(workers)},
                        Running.program(LineServer.class, "httpserver", "127.0.0.1", port)))
                .succeeded();
    }

    private interface Task {
        /** Does it; can see what has been lost so far. */
        void run(Supplier<List<String>> lost) throws Exception;
    }

    /** Does something under load; returns what was lost. */
    private List<String> lostBy(Task task) throws Exception {
        var queue = KernelSockets.on(port);
        var lost = new ArrayList<String>();
        try (var keeping = new KeepAliveLoad(port, CLIENTS);
                var opening = fresh.load(CLIENTS)) {
            opening.awaitServed(50);
            keeping.awaitServed(50);
            task.run(() -> Stream.concat(keeping.lost().stream(), fresh.lost().stream())
                    .toList());
            opening.awaitServed(50);
            keeping.close();
            opening.close();
            lost.addAll(keeping.lost());
            lost.addAll(fresh.lost());
            assertThat(fresh.served() + fresh.lost().size()).isEqualTo(fresh.opened());
            System.err.println("served " + keeping.served() + " requests on kept connections and " + fresh.served()
                    + " on their own, lost " + lost.size());
        }
        assertThat(KernelSockets.on(port))
                .extracting(Bound::inode)
                .isEqualTo(List.of(queue.getFirst().inode()));
        assertThat(KernelSockets.dropped(port))
                .as("for want of room in its queue")
                .isZero();
        return lost;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void reloads(int workers) throws Exception {
        start(workers);
        var lost = lostBy(_ -> {
            for (int reload = 0; reload < RELOADS; reload++) {
                daemons.run("reload", "zero").succeeded();
            }
        });
        assertThat(lost).isEmpty();
        assertThat(daemons.describe("zero").path("generation").asInt()).isEqualTo(1 + RELOADS);
    }

    @Test
    void scaling() throws Exception {
        start(2);
        var lost = lostBy(_ -> {
            for (var number : new String[] {"8", "1", "4"}) {
                daemons.run("scale", "zero", number).succeeded();
            }
        });
        assertThat(lost).isEmpty();
    }

    /** A victim is stopped first, so that what it has accepted is known: those connections may be lost, and no other. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void killsOfWorkers(int workers) throws Exception {
        start(workers);
        var random = new Random(1);
        var seen = new HashSet<String>();
        var explained = new HashSet<String>();
        var lost = lostBy(soFar -> {
            for (int kill = 0; kill < KILLS; kill++) {
                var settled = new ArrayList<Long>();
                Running.await("one settled", _ -> settled.addAll(ready(SETTLED)));
                long victim = settled.get(random.nextInt(settled.size()));
                Running.signal("STOP", victim);
                Running.await("stopped", _ -> KernelSockets.isStopped(victim));
                var accepted = KernelSockets.accepted(victim, port);
                Running.signal("KILL", victim);
                Running.await("another", _ -> {
                    var after = ready(Duration.ZERO);
                    return !after.contains(victim) && after.size() == workers;
                });
                soFar.get().stream()
                        .filter(seen::add)
                        .filter(loss -> accepted.contains(clientPort(loss)))
                        .forEach(explained::add);
            }
        });
        assertThat(lost).isSubsetOf(explained);
    }

    private static int clientPort(String loss) {
        var port = Pattern.compile("from port (\\d+)").matcher(loss);
        return port.find() ? Integer.parseInt(port.group(1)) : -1;
    }

    /** The workers that are ready and so old. */
    private List<Long> ready(Duration age) {
        try {
            return daemons.describe("zero")
                    .path("seats")
                    .valueStream()
                    .filter(seat -> seat.path("state").asString().equals("ready")
                            && Instant.parse(seat.path("started").asString())
                                    .isBefore(Instant.now().minus(age)))
                    .map(seat -> seat.path("pid").asLong())
                    .toList();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void killsOfThePrimary(int workers) throws Exception {
        start(workers);
        var pids = daemons.workers("zero");
        var lost = lostBy(_ -> {
            for (int kill = 0; kill < PRIMARY_KILLS; kill++) {
                var primary = ProcessHandle.of(
                                daemons.describe("zero").path("pid").asLong())
                        .orElseThrow();
                Running.signal("KILL", primary.pid());
                primary.onExit().join();
                daemons.run("start", "--again", "zero").succeeded();
            }
        });
        assertThat(lost).isEmpty();
        assertThat(daemons.workers("zero")).isEqualTo(pids);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void upgradesOfThePrimary(int workers) throws Exception {
        start(workers);
        var pids = daemons.workers("zero");
        long primary = daemons.describe("zero").path("pid").asLong();
        var lost = lostBy(_ -> {
            for (int upgrade = 0; upgrade < UPGRADES; upgrade++) {
                daemons.run("upgrade", "zero").succeeded();
            }
        });
        assertThat(lost).isEmpty();
        assertThat(daemons.workers("zero")).isEqualTo(pids);
        assertThat(daemons.describe("zero").path("pid").asLong()).isNotEqualTo(primary);
    }
}
