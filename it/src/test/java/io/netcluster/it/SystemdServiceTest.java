package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.programs.LineServer;
import io.netcluster.it.programs.Puppet;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The unit that {@code netcluster systemd} prints, run by systemd itself. */
final class SystemdServiceTest {
    @TempDir
    private Path directory = Path.of("/tmp");

    private Daemons daemons;
    private UserManager systemd;
    private int port;

    @BeforeEach
    void open() throws IOException {
        daemons = new Daemons(directory);
        systemd = new UserManager(directory, daemons);
        port = FreePort.any();
    }

    @AfterEach
    void close() {
        try (var _ = daemons;
                var _ = systemd) {
            // systemd first, which is not there if nothing may be mounted
        }
    }

    private void define(int workers, Class<?> program, Object... arguments) throws IOException {
        var words = List.of(Running.program(program, arguments));
        Files.createDirectories(definition().getParent());
        Files.writeString(
                definition(),
                "command = ['" + String.join("', '", words.subList(1, words.size())) + "']\nworkers = " + workers
                        + "\n");
    }

    private Path definition() {
        return directory.resolve("an app's 5% $HOME/netcluster.toml");
    }

    /** Has systemd know the units for what has been defined. */
    private void install(String... options) throws Exception {
        var command = new String[] {
            "systemd",
            "web",
            "--user",
            "-f",
            definition().toString(),
            "-o",
            systemd.units().toString()
        };
        daemons.run(Running.join(command, options)).succeeded();
        systemd.systemctl("daemon-reload").succeeded();
    }

    private void awaitInTheJournal(String identifier, String regex) {
        try {
            Running.await(
                    regex + " of " + identifier, _ -> inTheJournal(identifier).anyMatch(line -> line.matches(regex)));
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(e.getMessage() + "; in the journal:\n" + String.join("\n", systemd.journal()), e);
        }
    }

    private Stream<String> inTheJournal(String identifier) {
        return systemd.journal("-t", identifier).stream();
    }

    @Test
    void startReloadAndStopEndWhenItIsDone() throws Exception {
        define(2, LineServer.class, "socket", "127.0.0.1", port);
        install();
        systemd.systemctl("start", "web").succeeded();
        assertThat(systemd.shown("web", "StatusText")).isEqualTo("2 of 2 workers ready");
        assertThat(systemd.shown("web", "NFileDescriptorStore")).isEqualTo("1");
        var before = daemons.workers("web");
        var ledger = new Ledger(port);
        try (var load = ledger.load(4)) {
            load.awaitServed(20);
            systemd.systemctl("reload", "web").succeeded();
            assertThat(daemons.workers("web")).hasSize(2).doesNotContainAnyElementsOf(before);
            load.awaitServed(20);

            var after = daemons.workers("web");
            define(2, LineServer.class, "socket", "no.such.host.invalid", port);
            assertThat(systemd.systemctl("reload", "web").status()).isOne();
            awaitInTheJournal("web", ".*reload to generation 3.*failed.*");
            awaitInTheJournal("web/1", ".*Unresolved address.*");
            assertThat(systemd.shown("web", "ActiveState")).isEqualTo("active");
            assertThat(daemons.workers("web")).isEqualTo(after);
            load.awaitServed(20);
        }
        assertThat(ledger.lost()).isEmpty();
        systemd.systemctl("stop", "web").succeeded();
        assertThat(systemd.shown("web", "Result")).isEqualTo("success");
        assertThat(systemd.shown("web", "NFileDescriptorStore")).isEqualTo("0");
        assertThat(Ledger.isRefused(port)).isTrue();
    }

    @Test
    void theNextPrimaryAdoptsWhatSystemdHasLeftAlive() throws Exception {
        define(1, Puppet.class);
        install();
        systemd.systemctl("start", "web").succeeded();
        awaitInTheJournal("web/1", ".*: control \\d+");
        int control = control();
        assertThat(Puppets.tellAt(control, "open a socket 127.0.0.1 " + port)).doesNotStartWith("failed");
        var worker = daemons.workers("web");
        assertThat(daemons.run("logs", "web").failed(1).err())
                .anyMatch(line -> line.contains("'journalctl --user-unit web.service'"));
        var refusal = String.join("\n", daemons.run("upgrade", "web").failed(4).err());
        var command = Pattern.compile("'(systemctl --user kill .*?)'").matcher(refusal);
        assertThat(command.find()).as(refusal).isTrue();
        var ledger = new Ledger(port);
        try (var load = ledger.load(4)) {
            load.awaitServed(20);
            systemd.run(List.of(command.group(1).split(" "))).succeeded();
            assertThat(Puppets.tellAt(control, "print nobody is there")).doesNotStartWith("failed");
            awaitInTheJournal("web", ".*adopted 1 worker .*");
            load.awaitServed(20);
        }
        assertThat(ledger.lost()).isEmpty();
        assertThat(Puppets.tellAt(control, "print the next has come")).doesNotStartWith("failed");
        awaitInTheJournal("web/1", ".*web/1\\[" + worker.getFirst() + "]: nobody is there");
        awaitInTheJournal("web/1", ".*web/1\\[" + worker.getFirst() + "]: the next has come");
        assertThat(daemons.workers("web")).isEqualTo(worker);
        assertThat(systemd.shown("web", "NRestarts")).isEqualTo("1");
        systemd.systemctl("stop", "web").succeeded();
    }

    private int control() {
        var control = Pattern.compile("control (\\d+)");
        return inTheJournal("web/1")
                .flatMap(line -> control.matcher(line).results())
                .mapToInt(match -> Integer.parseInt(match.group(1)))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void whoWaitsWhenAllAreKilledIsServedByTheNext() throws Exception {
        define(1, LineServer.class, "socket", "127.0.0.1", port);
        install();
        systemd.systemctl("start", "web").succeeded();
        systemd.systemctl("kill", "--kill-whom=all", "--signal=STOP", "web").succeeded(); // nobody accepts
        var waiting = new ArrayList<Socket>();
        for (int i = 0; i < 20; i++) {
            waiting.add(new Socket(InetAddress.getLoopbackAddress(), port));
        }
        systemd.systemctl("kill", "--kill-whom=all", "--signal=KILL", "web").succeeded();
        var ledger = new Ledger(port);
        for (var socket : waiting) {
            try (socket) {
                socket.setSoTimeout((int) Running.PATIENCE.toMillis());
                ledger.exchange(socket, "waited");
            }
        }
        assertThat(ledger.lost()).isEmpty();
        assertThat(ledger.served()).isEqualTo(waiting.size());
        systemd.systemctl("stop", "web").succeeded();
    }

    @Test
    void aPrimaryThatHangsIsReplacedAndItsWorkersAreNot() throws Exception {
        define(1, LineServer.class, "socket", "127.0.0.1", port);
        install();
        var more = Files.createDirectories(systemd.units().resolve("web.service.d"));
        Files.writeString(more.resolve("soon.conf"), "[Service]\nWatchdogSec=5\nTimeoutAbortSec=1\n");
        systemd.systemctl("daemon-reload").succeeded();
        systemd.systemctl("start", "web").succeeded();
        var worker = daemons.workers("web");
        var ledger = new Ledger(port);
        try (var load = ledger.load(4)) {
            load.awaitServed(20);
            Running.signal("STOP", Long.parseLong(systemd.shown("web", "MainPID")));
            awaitInTheJournal("web", ".*adopted 1 worker .*");
            load.awaitServed(20);
        }
        assertThat(ledger.lost()).isEmpty();
        assertThat(daemons.workers("web")).isEqualTo(worker);
        systemd.systemctl("stop", "web").succeeded();
    }

    @Test
    void aServerIsThereWhenItsSocketIsAskedForAndTheSocketWhenTheServerIsNot() throws Exception {
        define(1, LineServer.class, "socket", "127.0.0.1", port);
        install("--socket", "127.0.0.1:" + port);
        systemd.systemctl("start", "web.socket").succeeded();
        assertThat(systemd.shown("web", "ActiveState")).isEqualTo("inactive");
        var ledger = new Ledger(port);
        ledger.connect(1, 1);
        Running.await("its start", _ -> systemd.shown("web", "ActiveState").equals("active"));
        long inode = KernelSockets.on(port).getFirst().inode();
        systemd.systemctl("stop", "web").succeeded();
        ledger.connect(1, 1);
        assertThat(ledger.lost()).isEmpty();
        assertThat(KernelSockets.on(port))
                .extracting(KernelSockets.Bound::inode)
                .containsExactly(inode);
        systemd.systemctl("stop", "web.socket", "web").succeeded();
        assertThat(Ledger.isRefused(port)).isTrue();
    }
}
