package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.programs.LineServer;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A cluster is a service that systemd understands, and its server is activated by sockets, whatever server it is. */
final class SystemdTest {
    @TempDir
    private Path directory;

    private static void assertServed(Socket client) throws IOException {
        client.setSoTimeout((int) Running.PATIENCE.toMillis());
        client.getOutputStream().write('\n');
        assertThat(client.getInputStream().read()).isPositive();
    }

    private static Map<String, String> with(Map<String, String> environment, String name, String value) {
        return Map.of("NOTIFY_SOCKET", environment.get("NOTIFY_SOCKET"), name, value);
    }

    @Test
    void itIsReadyWhenItsWorkersAreAndSaysThatItStops() throws Exception {
        try (var manager = new ServiceManager(directory.resolve("notify").toString());
                var puppets = Puppets.start(List.of(), manager.environment(), List.of(), 2, "--ready", "explicit")) {
            puppets.done(1, "ready");
            manager.await("STATUS=1 of 2 workers ready");
            assertThat(manager.heard()).noneMatch(said -> said.value("READY") != null);
            puppets.done(2, "ready");
            var said = manager.await("READY=1");
            assertThat(said.value("MAINPID"))
                    .isEqualTo(String.valueOf(puppets.running().pid()));
            assertThat(said.value("STATUS")).isEqualTo("2 of 2 workers ready");
            assertThat(puppets.tell(1, "environment NOTIFY_SOCKET")).isEqualTo("null");
            assertThat(puppets.running().stop()).isZero();
            assertThat(manager.await("STOPPING=1").value("STATUS")).isEqualTo("stopping");
        }
    }

    @Test
    void theWatchdogIsFedAsLongAsTheSupervisorWorks() throws Exception {
        try (var manager = new ServiceManager(
                        "@netcluster-test-" + ProcessHandle.current().pid());
                var running = Running.cluster(
                        with(manager.environment(), "WATCHDOG_USEC", "300000"),
                        Running.join(
                                new String[] {"-n", "1"},
                                Running.program(LineServer.class, "socket", "127.0.0.1", 0)))) {
            manager.await("READY=1");
            Running.await(
                    "beats",
                    _ -> manager.heard().stream()
                                    .filter(said -> said.value("WATCHDOG") != null)
                                    .count()
                            >= 5);
            assertThat(running.stop()).isZero();
        }
    }

    /** Somebody else feeds it then. */
    @Test
    void theWatchdogOfAnotherProcessIsNotFed() throws Exception {
        try (var manager = new ServiceManager(directory.resolve("notify").toString());
                var puppets = Puppets.start(
                        List.of(),
                        Map.of(
                                "NOTIFY_SOCKET", manager.environment().get("NOTIFY_SOCKET"),
                                "WATCHDOG_USEC", "100000",
                                "WATCHDOG_PID", "1"),
                        List.of(),
                        1)) {
            manager.await("READY=1");
            puppets.done(1, "open a socket 127.0.0.1 " + FreePort.any());
            assertThat(puppets.running().stop()).isZero();
            manager.await("STOPPING=1");
            assertThat(manager.heard()).noneMatch(said -> said.value("WATCHDOG") != null);
        }
    }

    @Test
    void aReloadBeginsAndEndsForSystemdToo() throws Exception {
        int port = FreePort.any();
        try (var unit = SystemdUnit.of(directory, 1, LineServer.class, "socket", "127.0.0.1", port)) {
            unit.start();
            unit.manager().await("READY=1");
            long before = System.nanoTime() / 1000; // CLOCK_MONOTONIC
            unit.primary().signal("HUP");
            var begun = unit.manager().await("RELOADING=1");
            assertThat(Long.parseLong(begun.value("MONOTONIC_USEC"))).isBetween(before, System.nanoTime() / 1000);
            unit.manager().await("STATUS=reload to generation 2, 1 of 1 worker ready");
            Running.await(
                    "READY=1 again",
                    _ -> unit.manager().heard().stream()
                                    .filter(said -> said.value("READY") != null)
                                    .count()
                            == 2);
            unit.primary().await("reload to generation 2 is complete");
            var order = unit.manager().heard().stream()
                    .flatMap(said -> said.text().lines())
                    .filter(line -> line.equals("READY=1") || line.equals("RELOADING=1"))
                    .toList();
            assertThat(order).containsExactly("READY=1", "RELOADING=1", "READY=1");
            unit.stop();
        }
    }

    /** Systemd waits for READY=1 after a reload that it has asked for, however that ends. */
    @Test
    void aReloadThatHasFailedIsOverForSystemdToo() throws Exception {
        var words = List.of(Running.program(LineServer.class, "socket", "127.0.0.1", FreePort.any()));
        var command = "command = ['" + String.join("', '", words.subList(1, words.size())) + "']\nworkers = 1\n";
        var definition = Files.writeString(directory.resolve("netcluster.toml"), command);
        try (var unit = new SystemdUnit(directory, "-f", definition.toString())) {
            unit.start();
            unit.manager().await("READY=1");
            Files.writeString(definition, "worker = 1\n");
            unit.primary().signal("HUP");
            unit.primary().await("the definition is wrong: nothing has been changed");
            Running.await(
                    "READY=1 again",
                    _ -> unit.manager().heard().stream()
                                    .filter(said -> said.value("READY") != null)
                                    .count()
                            == 2);
            assertThat(unit.manager().await("RELOADING=1").value("MONOTONIC_USEC"))
                    .isNotNull();
            unit.stop();
        }
    }

    @Test
    void anUpgradeIsLeftToSystemd() throws Exception {
        int port = FreePort.any();
        try (var unit = SystemdUnit.of(directory, 2, LineServer.class, "socket", "127.0.0.1", port)) {
            unit.start().awaitListening(2);
            var before = unit.pids();
            var primary = unit.primary().pid();
            try (var upgrade = Running.start(Daemons.command("upgrade", SystemdUnit.NAME), unit.environment())) {
                assertThat(upgrade.awaitExit()).isEqualTo(4);
                assertThat(upgrade.lines())
                        .singleElement()
                        .asString()
                        .contains("systemd runs its primary as ")
                        .containsPattern(
                                "'systemctl (--user )?kill --kill-whom=main --signal=KILL \\S+\\.service' has");
            }
            assertThat(unit.primary().pid()).isEqualTo(primary);
            var ledger = new Ledger(port);
            try (var load = ledger.load(4)) {
                load.awaitServed(20);
                unit.kill(); // which is what that command does, and what systemd does then:
                unit.start().await("adopted 2 workers");
                load.awaitServed(20);
            }
            assertThat(ledger.lost()).isEmpty();
            assertThat(unit.pids()).isEqualTo(before);
            unit.stop();
        }
    }

    /** Java's own are IPv6 sockets, unless it is told otherwise. */
    @ParameterizedTest
    @CsvSource({"udp6,false", "udp,true"})
    void aDatagramSocketThatSystemdHasOpenedIsWhatTheWorkersGet(String kind, boolean ipv4) throws Exception {
        int port = FreePort.any();
        try (var puppets = Puppets.start(
                        ServiceManager.opening("dns=" + kind + "=" + port),
                        Map.of(),
                        List.of("-Djava.net.preferIPv4Stack=" + ipv4),
                        2);
                var client = new DatagramSocket()) {
            long inode = KernelSockets.datagram(port).getFirst().inode();
            client.connect(InetAddress.getLoopbackAddress(), port);
            client.setSoTimeout((int) Running.PATIENCE.toMillis());
            client.send(datagram()); // before anybody in a worker has asked for the port
            puppets.done(1, "udp a channel " + port);
            client.receive(datagram());
            puppets.done(2, "udp b socket " + port);
            assertThat(KernelSockets.datagram(port))
                    .extracting(KernelSockets.Bound::inode)
                    .containsExactly(inode);
            puppets.done(1, "close a");
            client.send(datagram());
            client.receive(datagram());
            assertThat(puppets.running().stop()).isZero();
        }
    }

    private static DatagramPacket datagram() {
        return new DatagramPacket("x\n".getBytes(StandardCharsets.US_ASCII), 2);
    }

    /** Java would receive by it, and could not answer. */
    @Test
    void aDatagramSocketOfAnotherFamilyIsRefusedWithWhatToDo() throws Exception {
        int port = FreePort.any();
        try (var puppets = Puppets.start(ServiceManager.opening("dns=udp=" + port), Map.of(), List.of(), 1)) {
            assertThat(puppets.tell(1, "udp a channel " + port))
                    .startsWith("failed ")
                    .contains("family");
            puppets.running().await("cannot have 127.0.0.1:" + port + " \\(UDP\\).*preferIPv4Stack=true, or ");
            assertThat(puppets.running().stop()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"tcp,127.0.0.1", "tcp6,0.0.0.0"})
    void aSocketThatSystemdHasOpenedIsWhatTheWorkersGet(String kind, String address) throws Exception {
        int port = FreePort.any();
        try (var puppets = Puppets.start(ServiceManager.opening("web=" + kind + "=" + port), Map.of(), List.of(), 2)) {
            long inode = KernelSockets.on(port).getFirst().inode();
            try (var early = new Socket(InetAddress.getLoopbackAddress(), port)) {
                assertThat(KernelSockets.queued(port)).isOne(); // before anybody in a worker has asked for the port
                puppets.done(1, "open a socket " + address + " " + port);
                assertServed(early);
            }
            puppets.done(2, "open b channel " + address + " " + port);
            assertThat(KernelSockets.on(port))
                    .extracting(KernelSockets.Bound::inode)
                    .containsExactly(inode);
            assertThat(new Ledger(port).connect(20, 4).lost()).isEmpty();
            for (var variable : List.of("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")) {
                assertThat(puppets.tell(1, "environment " + variable)).isEqualTo("null");
            }
            puppets.done(1, "close a");
            puppets.done(2, "close b");
            try (var late = new Socket(InetAddress.getLoopbackAddress(), port)) { // systemd's socket stays
                puppets.done(2, "open c socket " + address + " " + port);
                assertServed(late);
            }
            assertThat(puppets.running().stop()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "fifo, cannot be listened on: .*ENOTSOCK",
        "unbound, is a stream socket that does not listen",
    })
    void whatNoServerCanListenOnIsRefused(String kind, String why) throws Exception {
        try (var running = Running.cluster(
                ServiceManager.opening("odd=" + kind + "=x"),
                Map.of(),
                Running.program(LineServer.class, "socket", "127.0.0.1", 0))) {
            assertThat(running.awaitExit()).isOne();
            assertThat(running.lines("descriptor 3, which the service manager calls 'odd', " + why))
                    .hasSize(1);
        }
    }

    @Test
    void theUnitsAreWritten() throws Exception {
        var definition = Files.writeString(directory.resolve("netcluster.toml"), "command = [\"x\"]\n");
        try (var running = units("systemd", "web", "-f", definition.toString(), "--socket", "8080", "127.0.0.1:81")) {
            assertThat(running.awaitExit()).isZero();
            assertThat(running.lines())
                    .contains(
                            "Type=notify",
                            "KillMode=process",
                            "FileDescriptorStoreMax=512",
                            "Restart=on-failure",
                            "ListenStream=8080",
                            "ListenStream=127.0.0.1:81",
                            "WorkingDirectory=" + directory)
                    .anyMatch(line ->
                            line.startsWith("ExecStart=/") && line.contains(" run --name web --orphan keep -f "));
        }
        try (var running = units("systemd", "web", "-f", definition.toString(), "--user")) {
            assertThat(running.awaitExit()).isZero();
            assertThat(running.lines())
                    .contains("Type=notify", "WantedBy=default.target")
                    .noneMatch(line -> line.startsWith("User="));
        }
    }

    private static Running units(String... arguments) throws IOException {
        return Running.start(
                List.of(Running.join(
                        new String[] {
                            Running.JAVA,
                            "-jar",
                            Running.HOME
                                    .resolve("cli/target/netcluster-cli.jar")
                                    .toString()
                        },
                        arguments)),
                Map.of());
    }
}
