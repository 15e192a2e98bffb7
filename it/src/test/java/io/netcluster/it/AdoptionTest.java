package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.programs.LineServer;
import io.netcluster.it.programs.Puppet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The primary of a cluster that has a name may be killed at any time: its workers serve on, and the next one has them. */
final class AdoptionTest {
    private static final String ANY_CONTROL = "listens on 127\\.0\\.0\\.1:(\\d+) \\(its own\\)";

    @TempDir
    private Path directory = Path.of("/tmp");

    @ParameterizedTest
    @ValueSource(ints = {2, 4})
    void noConnectionIsLostHoweverOftenThePrimaryIsKilled(int workers) throws Exception {
        int port = FreePort.any();
        try (var cluster = new NamedCluster(
                directory, workers, "", Running.program(LineServer.class, "selector", "127.0.0.1", port))) {
            cluster.start().awaitListening(workers);
            var pids = cluster.pids();
            var ledger = new Ledger(port);
            var millis = new ArrayList<Integer>();
            try (var load = ledger.load(8)) {
                for (int kill = 0; kill < 5; kill++) {
                    load.awaitServed(50);
                    cluster.kill();
                    load.awaitServed(50);
                    millis.add(cluster.adopt(workers));
                }
                load.awaitServed(50);
            }
            assertThat(ledger.lost()).isEmpty();
            assertThat(ledger.served()).isEqualTo(ledger.opened());
            assertThat(ledger.pids()).containsExactlyInAnyOrderElementsOf(pids.values());
            assertThat(cluster.pids()).isEqualTo(pids);
            assertThat(millis).as("ms until all had come back").allMatch(each -> each < 1_000);
            System.err.println("adopted " + workers + " workers in ms: " + millis + ", " + ledger.served() + " served");
            cluster.stop();
        }
    }

    @Test
    void anAdoptedWorkerThatDiesIsReplacedAndWhatWaitedIsServed() throws Exception {
        int port = FreePort.any();
        try (var cluster =
                new NamedCluster(directory, 1, "", Running.program(LineServer.class, "selector", "127.0.0.1", port))) {
            cluster.start().awaitListening(1);
            long first = cluster.pids().get(1);
            cluster.kill();
            cluster.adopt(1);

            Running.signal("STOP", first);
            Running.await("stopped", _ -> KernelSockets.isStopped(first));
            var ledger = new Ledger(port);
            var waiting = new ArrayList<Socket>();
            for (int i = 0; i < 50; i++) {
                waiting.add(new Socket(InetAddress.getLoopbackAddress(), port));
            }
            Running.signal("KILL", first);
            for (var socket : waiting) {
                try (socket) {
                    socket.setSoTimeout(20_000);
                    ledger.exchange(socket, "waited");
                }
            }
            assertThat(ledger.lost()).isEmpty();
            assertThat(ledger.served()).isEqualTo(50);
            cluster.primary().await("worker 1 \\(pid " + first + "\\) was ended by signal 9");
            assertThat(cluster.pids().get(1)).isNotEqualTo(first);
            cluster.stop();
        }
    }

    @Test
    void aWorkerThatDiedWhileThereWasNoPrimaryIsReplacedByTheNext() throws Exception {
        int port = FreePort.any();
        try (var cluster =
                new NamedCluster(directory, 2, "", Running.program(LineServer.class, "socket", "127.0.0.1", port))) {
            cluster.start().awaitListening(2);
            var pids = cluster.pids();
            cluster.kill();
            Running.signal("KILL", pids.get(2));
            cluster.adopt(1);
            var fresh = cluster.primary().awaitListening(2);
            assertThat(fresh).anyMatch(each -> each.slot() == 2 && each.pid() != pids.get(2));
            assertThat(cluster.pids().get(1)).isEqualTo(pids.get(1));
            var ledger = new Ledger(port).connect(200, 8);
            assertThat(ledger.lost()).isEmpty();
            assertThat(ledger.bySlot()).containsOnlyKeys(1, 2);
            cluster.stop();
        }
    }

    /** What a worker holds that does not answer yet must not be given to another, nor be refused to it. */
    @Test
    void nobodyIsStartedBeforeAllHaveComeBack() throws Exception {
        int port = FreePort.any();
        try (var cluster =
                new NamedCluster(directory, 2, "", Running.program(LineServer.class, "socket", "127.0.0.1", port))) {
            cluster.start().awaitListening(2);
            var pids = cluster.pids();
            long hung = pids.get(1);
            cluster.kill();
            Running.signal("KILL", pids.get(2));
            Running.signal("STOP", hung);
            var primary = cluster.start();
            primary.await("worker 2 \\(pid \\d+\\) has died while there was no primary");
            Awaitility.await("nobody is started")
                    .during(Duration.ofSeconds(1))
                    .until(() -> cluster.pids().equals(pids));
            Running.signal("CONT", hung);
            primary.await("adopted 1 worker");
            primary.awaitListening(2);
            assertThat(primary.lines("exited|ended")).isEmpty();
            var ledger = new Ledger(port).connect(200, 8);
            assertThat(ledger.lost()).isEmpty();
            assertThat(ledger.bySlot()).containsOnlyKeys(1, 2);
            cluster.stop();
        }
    }

    /** Its workers' JVMs are not running yet, or have not dialled yet. */
    @Test
    void aPrimaryThatIsKilledAsItStartsItsWorkersLosesNone() throws Exception {
        int port = FreePort.any();
        try (var cluster =
                new NamedCluster(directory, 2, "", Running.program(LineServer.class, "socket", "127.0.0.1", port))) {
            cluster.start();
            Running.await("two workers", _ -> hasStarted(cluster));
            cluster.kill();
            var pids = cluster.pids();
            cluster.adopt(2);
            cluster.primary().awaitListening(2);
            assertThat(cluster.pids()).isEqualTo(pids);
            assertThat(new Ledger(port).connect(100, 4).lost()).isEmpty();
            cluster.stop();
        }
    }

    private static boolean hasStarted(NamedCluster cluster) {
        try {
            return Files.exists(cluster.home().resolve("state"))
                    && cluster.pids().size() == 2
                    && !cluster.pids().containsValue(0L);
        } catch (IOException e) {
            return false;
        }
    }

    /** A reload that was under way is forgotten: the slots have a worker each in the end, and the next reload is complete. */
    @ParameterizedTest
    @ValueSource(strings = {"starts", "leaves"})
    void aReloadWithoutItsPrimaryLosesNothing(String moment) throws Exception {
        int port = FreePort.any();
        try (var cluster =
                new NamedCluster(directory, 2, "", Running.program(LineServer.class, "selector", "127.0.0.1", port))) {
            cluster.start().awaitListening(2);
            var before = cluster.pids();
            var ledger = new Ledger(port);
            try (var load = ledger.load(4)) {
                load.awaitServed(20);
                cluster.reload();
                if (moment.equals("starts")) {
                    cluster.primary().await("reload.* begins");
                } else {
                    cluster.primary().awaitListening(3);
                }
                cluster.kill();
                load.awaitServed(20);
                cluster.start().await("adopted [23] workers");
                Running.await("one worker a slot", _ -> isSettled(cluster));
                if (moment.equals("starts")) {
                    assertThat(cluster.pids()).isEqualTo(before);
                }
                cluster.reload();
                cluster.primary().await("reload.* is complete");
                assertThat(cluster.pids().values()).doesNotContainAnyElementsOf(before.values());
                load.awaitServed(20);
            }
            assertThat(ledger.lost()).isEmpty();
            cluster.stop();
        }
    }

    private static boolean isSettled(NamedCluster cluster) {
        try {
            var workers = Files.readAllLines(cluster.home().resolve("state")).stream()
                    .filter(line -> line.startsWith("worker "))
                    .toList();
            return workers.size() == 2 && workers.stream().allMatch(line -> line.contains(" OCCUPANT READY "));
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void everyKindOfListenerIsHandedBackAndJoined() throws Exception {
        var unix = directory.resolve("socket");
        int port = FreePort.any();
        int group = FreePort.any();
        try (var cluster = puppets(2, "sticky:127.0.0.9")) {
            var controls = start(cluster);
            int first = controls.get(0);
            int second = controls.get(1);
            Puppets.tellAt(first, "open a selector 127.0.0.1 " + port);
            Puppets.tellAt(first, "unix u " + unix);
            Puppets.tellAt(first, "udp d 127.0.0.1 " + port);
            Puppets.tellAt(first, "open r reuseport 127.0.0.1 " + group);
            Puppets.tellAt(second, "open r reuseport 127.0.0.1 " + group);
            int sticky = Integer.parseInt(Puppets.tellAt(first, "open s channel 127.0.0.9 0"));

            cluster.kill();
            Files.delete(unix); // as servers do that are about to bind
            cluster.adopt(2);

            assertThat(done(second, "open a socket 127.0.0.1 " + port)).isEqualTo(String.valueOf(port));
            done(second, "udp d 127.0.0.1 " + port);
            done(second, "unix u " + unix);
            assertThat(new Ledger(port).connect(200, 8).bySlot()).containsOnlyKeys(1, 2);
            assertThat(new Ledger(group).connect(200, 8).lost()).isEmpty();
            try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(unix))) {
                assertThat(channel.isConnected()).isTrue();
            }

            long killed = cluster.pids().get(1);
            Running.signal("KILL", killed);
            cluster.primary().await("worker 1 \\(pid (?!" + killed + "\\b)\\d+\\) " + ANY_CONTROL);
            int third = control(cluster, 1);
            assertThat(done(third, "open s channel 127.0.0.9 0"))
                    .as("the sticky port of the first")
                    .isEqualTo(String.valueOf(sticky));
            cluster.stop();
            assertThat(unix).doesNotExist();
            try (var left = Files.list(directory)) {
                assertThat(left.map(file -> file.getFileName().toString()))
                        .containsExactlyInAnyOrder("run", "state", "output");
            }
        }
    }

    @Test
    void whatIsAskedWhileThereIsNoPrimaryIsMadeGood() throws Exception {
        int kept = FreePort.any();
        int closed = FreePort.any();
        int fresh = FreePort.any();
        try (var cluster = puppets(1, "")) {
            int control = start(cluster).getFirst();
            done(control, "open a socket 127.0.0.1 " + kept);
            done(control, "open b selector 127.0.0.1 " + closed);
            cluster.kill();
            done(control, "close b");
            var opening = CompletableFuture.supplyAsync(() -> tell(control, "open c channel 127.0.0.1 " + fresh));
            cluster.adopt(1);
            assertThat(opening.get()).isEqualTo(String.valueOf(fresh));
            try (var free = new ServerSocket()) {
                free.bind(new InetSocketAddress("127.0.0.1", closed));
            }
            assertThat(new Ledger(fresh).connect(20, 2).lost()).isEmpty();
            assertThat(new Ledger(kept).connect(20, 2).lost()).isEmpty();
            assertThat(tell(control, "close c")).isEqualTo("closed");
            try (var free = new ServerSocket()) {
                free.bind(new InetSocketAddress("127.0.0.1", fresh));
            }
            cluster.stop();
        }
    }

    @Test
    void whatIsPlantedInTheDirectoryIsRefused() throws Exception {
        var cluster = new NamedCluster(directory, 1, "", Running.program(LineServer.class, "socket", "127.0.0.1", 0));
        try (cluster) {
            var home = cluster.home();
            Files.createDirectories(home);
            refused(cluster, "is open to other users");
            open(home.getParent());
            open(home);
            Files.writeString(directory.resolve("elsewhere"), "netcluster state 1\ncluster 1 1 1\nend 0\n");
            Files.createSymbolicLink(home.resolve("state"), directory.resolve("elsewhere"));
            refused(cluster, "state is not what a primary of this user has left");
            Files.delete(home.resolve("state"));
            Files.writeString(home.resolve("link"), "");
            refused(cluster, "link is no socket of a primary that has died");
            Files.delete(home.resolve("link"));
            Files.delete(home.resolve("lock"));
            Files.createSymbolicLink(home.resolve("lock"), directory.resolve("elsewhere"));
            refused(cluster, "lock is not what a primary of this user has left");
            assertThat(directory.resolve("elsewhere")).content().contains("end 0");
            Files.delete(home.resolve("lock"));

            Files.writeString(home.resolve("state"), "garbage");
            cluster.start().await("state cannot be read, and no worker is left");
            cluster.primary().awaitListening(1);
            var second = cluster.start();
            second.awaitExit();
            assertThat(second.lines("the cluster it is running already, as process \\d+"))
                    .hasSize(1);
        }
    }

    @Test
    void workersThatWouldBeLostAreNotForgotten() throws Exception {
        int port = FreePort.any();
        try (var cluster =
                new NamedCluster(directory, 1, "", Running.program(LineServer.class, "socket", "127.0.0.1", port))) {
            cluster.start().awaitListening(1);
            cluster.kill();
            var state = Files.readString(cluster.home().resolve("state"));
            Files.writeString(cluster.home().resolve("state"), state.substring(0, state.length() - 8));
            refused(cluster, "workers of the cluster it live, process \\d+ among them, and the file .* cannot be read");
            Files.writeString(cluster.home().resolve("state"), state);
            cluster.adopt(1);
            assertThat(new Ledger(port).connect(20, 2).lost()).isEmpty();
            cluster.stop();
        }
    }

    private static void refused(NamedCluster cluster, String why) throws Exception {
        var primary = cluster.start();
        assertThat(primary.awaitExit()).isEqualTo(1);
        assertThat(primary.lines("^! .*" + why)).isNotEmpty();
    }

    private static void open(Path path) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
    }

    private NamedCluster puppets(int workers, String port0) throws Exception {
        return new NamedCluster(directory, workers, port0, Running.program(Puppet.class));
    }

    /** Starts it; returns the workers' control ports, in the order of their slots. */
    private static List<Integer> start(NamedCluster cluster) throws Exception {
        cluster.start();
        var controls = new ArrayList<Integer>();
        for (int slot = 1; slot <= cluster.workers(); slot++) {
            cluster.primary().await("worker " + slot + " \\(pid \\d+\\) " + ANY_CONTROL);
            controls.add(control(cluster, slot));
        }
        return controls;
    }

    private static int control(NamedCluster cluster, int slot) {
        return Integer.parseInt(cluster.primary()
                .awaitAll("worker " + slot + " \\(pid \\d+\\) " + ANY_CONTROL)
                .getLast()
                .group(1));
    }

    private static String done(int control, String command) throws Exception {
        var answer = Puppets.tellAt(control, command);
        assertThat(answer).as(command).doesNotStartWith("failed");
        return answer;
    }

    private static String tell(int control, String command) {
        try {
            return Puppets.tellAt(control, command);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
