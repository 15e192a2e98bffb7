package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.programs.JettyServer;
import io.netcluster.it.programs.LineServer;
import io.netcluster.it.programs.NettyServer;
import io.netcluster.it.programs.TomcatServer;
import io.netcluster.it.programs.UndertowServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Workers whose primary is killed end as NETCLUSTER_ORPHAN says: drained, without a connection lost, or not at all. */
final class OrphanTest {
    private static final String LOOPBACK = "127.0.0.1";

    @TempDir
    private Path directory = Path.of("/tmp");

    /** What is said on a connection: returns the line of the answer. */
    private interface Talk {
        String ask(Socket socket, String line) throws Exception;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "socket",
                "socket-timeout",
                "socket-virtual",
                "channel",
                "channel-virtual",
                "adaptor",
                "selector",
                "selector-first",
                "async"
            })
    void whatWaitsAndWhatIsOpenIsServedAndThenTheyEnd(String style) throws Exception {
        drains(OrphanTest::line, Running.program(LineServer.class, style, LOOPBACK, FreePort.any()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"socket", "channel-virtual", "channel-again", "adaptor", "selector", "async"})
    void soItIsWithPortsOfTheirOwn(String style) throws Exception {
        drains(OrphanTest::line, Running.program(LineServer.class, style, LOOPBACK, 0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"nio", "epoll"})
    void soItIsWithNetty(String transport) throws Exception {
        for (int port : List.of(FreePort.any(), 0)) {
            drains(OrphanTest::line, Running.program(NettyTest.OPTIONS, NettyServer.class, transport, LOOPBACK, port));
        }
    }

    @Test
    void soItIsWithTheJdksHttpServer() throws Exception {
        drains(FrameworksTest::get, Running.program(LineServer.class, "httpserver", LOOPBACK, FreePort.any()));
    }

    @ParameterizedTest
    @ValueSource(classes = {JettyServer.class, TomcatServer.class, UndertowServer.class})
    void soItIsWithFrameworks(Class<?> program) throws Exception {
        drains(FrameworksTest::get, Running.program(NettyTest.OPTIONS, program, LOOPBACK, FreePort.any(), directory));
    }

    private void drains(Talk talk, String[] program) throws Exception {
        try (var orphans = new Orphans(program)) {
            var ledgers = new ArrayList<Ledger>();
            var open = new ArrayList<Socket>();
            for (int port : orphans.ports) {
                ledgers.add(new Ledger(line -> {
                    try (var socket = connect(port)) {
                        return talk.ask(socket, line);
                    }
                }));
                for (int i = 0; i < 10; i++) {
                    open.add(connect(port));
                }
                Running.await("accepted", _ -> KernelSockets.queued(port) == 0);
            }

            var bursts = new ArrayList<AutoCloseable>();
            orphans.signal("STOP");
            for (int i = 0; i < ledgers.size(); i++) {
                int port = orphans.ports.get(i);
                bursts.add(ledgers.get(i).burst(20));
                Running.await("they wait", _ -> KernelSockets.queued(port) == 20);
            }
            orphans.running.signal("KILL");
            orphans.signal("CONT");
            for (var burst : bursts) {
                burst.close();
            }
            for (int port : orphans.ports) {
                Running.await("refused", _ -> Ledger.isRefused(port));
            }

            assertThat(orphans.statuses())
                    .as("who has accepted what is open waits for it")
                    .hasSizeLessThan(2);
            for (int i = 0; i < open.size(); i++) {
                try (var socket = open.get(i)) {
                    ledgers.getFirst().book("open-" + i, talk.ask(socket, "open-" + i));
                }
            }
            Running.await("they end", _ -> orphans.statuses().equals(List.of("0", "0")));
            assertThat(directory.resolve("errors")).content().doesNotContain("Exception");
            for (var ledger : ledgers) {
                assertThat(ledger.lost()).isEmpty();
            }
            assertThat(ledgers.stream().mapToInt(Ledger::served).sum()).isEqualTo(30 * ledgers.size());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"socket", "socket-virtual", "selector", "async", "epoll"})
    void underLoadWhoIsNotServedIsRefused(String style) throws Exception {
        int port = FreePort.any();
        var program = style.equals("epoll")
                ? Running.program(NettyTest.OPTIONS, NettyServer.class, style, LOOPBACK, port)
                : Running.program(LineServer.class, style, LOOPBACK, port);
        try (var orphans = new Orphans(program)) {
            var ledger = new Ledger(port);
            try (var load = ledger.load(8)) {
                load.awaitServed(1_000);
                orphans.running.signal("KILL");
                Running.await("refused", _ -> !ledger.lost().isEmpty());
            }
            assertThat(ledger.lost())
                    .allSatisfy(loss ->
                            assertThat(loss).endsWith(ConnectException.class.getName() + ": Connection refused"));
            Running.await("they end", _ -> orphans.statuses().equals(List.of("0", "0")));
            assertThat(directory.resolve("errors")).content().doesNotContain("Exception");
        }
    }

    @Test
    void thoseThatStayServeOnAndBindWhatIsTheirOwn() throws Exception {
        int port = FreePort.any();
        var workers = new ArrayList<ProcessHandle>();
        try (var puppets = Puppets.start(List.of(), Map.of("NETCLUSTER_ORPHAN", "stay"), List.of(), 2)) {
            for (int slot = 1; slot <= 2; slot++) {
                puppets.done(slot, "open a selector " + LOOPBACK + " " + port);
                workers.add(ProcessHandle.of(puppets.pid(slot)).orElseThrow());
            }
            puppets.running().signal("KILL");
            puppets.running().process().onExit().join();

            assertThat(puppets.tell(1, "open b socket " + LOOPBACK + " " + FreePort.any()))
                    .startsWith("failed java.net.BindException: netcluster: ")
                    .contains("nothing was bound");
            int own = Integer.parseInt(puppets.done(1, "open c socket " + LOOPBACK + " 0"));
            assertThat(new Ledger(own).connect(10, 2).bySlot()).containsOnlyKeys(1);
            assertThat(new Ledger(port).connect(200, 16).bySlot()).containsOnlyKeys(1, 2);

            puppets.done(1, "agent disconnect 60000"); // there is nobody to order it
            workers.getFirst().onExit().get(20, TimeUnit.SECONDS);
            var ledger = new Ledger(port).connect(200, 16);
            assertThat(ledger.lost()).isEmpty();
            assertThat(ledger.bySlot()).containsOnlyKeys(2);
        } finally {
            workers.forEach(ProcessHandle::destroyForcibly);
        }
    }

    private static String line(Socket socket, String line) throws IOException {
        socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        return String.valueOf(
                new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                        .readLine());
    }

    private static Socket connect(int port) throws IOException {
        var socket = new Socket();
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 20_000);
        socket.setSoTimeout(20_000);
        return socket;
    }

    /** Two workers that are told to drain when their primary dies, in a script that writes down how they end. */
    private final class Orphans implements AutoCloseable {
        final Running running;
        private final String prefix;
        private final List<Long> workers;
        final List<Integer> ports;

        Orphans(String[] program) throws Exception {
            var script = Files.createTempFile(
                    directory,
                    "script",
                    "",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            var status = script + "-$NETCLUSTER_SLOT.status";
            Files.writeString(
                    script,
                    "#!/bin/sh\n" + Running.JAVA + " \"$@\" 2>> " + directory.resolve("errors") + "\necho $? > "
                            + status + ".part\nmv " + status + ".part " + status + "\n");
            var words = new ArrayList<>(List.of("-n", "2", "--", script.toString()));
            words.addAll(Arrays.asList(program).subList(1, program.length)); // without its "--"
            running = Running.cluster(Map.of("NETCLUSTER_ORPHAN", "drain"), words.toArray(String[]::new));
            var listening = running.awaitListening(2);
            workers = listening.stream().map(Running.Listening::pid).toList();
            ports = listening.stream().map(Running.Listening::port).distinct().toList();
            prefix = script.getFileName().toString();
        }

        /** The exit statuses of those that have ended. */
        List<String> statuses() {
            try (var files = Files.list(directory)) {
                var statuses = new ArrayList<String>();
                for (var file : files.toList()) {
                    var name = file.getFileName().toString();
                    if (name.startsWith(prefix) && name.endsWith(".status")) {
                        statuses.add(Files.readString(file).strip());
                    }
                }
                return statuses;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void signal(String name) throws Exception {
            for (long worker : workers) {
                Running.signal(name, worker);
                Running.await(name, _ -> KernelSockets.isStopped(worker) == name.equals("STOP"));
            }
        }

        @Override
        public void close() {
            running.close();
            workers.forEach(worker -> ProcessHandle.of(worker).ifPresent(ProcessHandle::destroyForcibly));
        }
    }
}
