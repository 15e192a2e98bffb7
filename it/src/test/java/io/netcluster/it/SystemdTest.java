package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.programs.LineServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
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
                var puppets = Puppets.start(List.of(), manager.environment(), List.of(), 2)) {
            assertThat(manager.heard()).noneMatch(said -> said.value("READY") != null);
            puppets.done(1, "open a socket 127.0.0.1 " + FreePort.any());
            manager.await("STATUS=1 of 2 workers ready");
            puppets.done(2, "open a socket 127.0.0.1 " + FreePort.any());
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
        var definition = java.nio.file.Files.writeString(directory.resolve("netcluster.toml"), "command = [\"x\"]\n");
        try (var running = units(
                "systemd", "web", "-f", definition.toString(), "--for", "257", "--socket", "8080", "127.0.0.1:81")) {
            assertThat(running.awaitExit()).isZero();
            assertThat(running.lines())
                    .contains(
                            "Type=notify-reload",
                            "KillMode=process",
                            "Restart=on-failure",
                            "ListenStream=8080",
                            "ListenStream=127.0.0.1:81",
                            "WorkingDirectory=" + directory)
                    .anyMatch(line ->
                            line.startsWith("ExecStart=/") && line.contains(" run --name web --orphan keep -f "));
        }
        try (var running = units("systemd", "web", "-f", definition.toString(), "--user", "--for", "252")) {
            assertThat(running.awaitExit()).isZero();
            assertThat(running.lines())
                    .contains("Type=notify", "ExecReload=/bin/kill -HUP $MAINPID", "WantedBy=default.target")
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
