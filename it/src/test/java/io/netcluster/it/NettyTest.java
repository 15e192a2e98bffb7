package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netcluster.it.programs.LineServer;
import io.netcluster.it.programs.NettyServer;
import io.netty.channel.uring.IoUring;
import java.io.File;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Netty's servers share as those of the JDK do, whichever transport and version they are of. */
final class NettyTest {
    private static final String LOOPBACK = "127.0.0.1";

    /** With these the JVM does not warn of what Netty does. */
    static final List<String> OPTIONS = List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow");

    @ParameterizedTest
    @ValueSource(strings = {"nio", "epoll", "io_uring"})
    void twoWorkersServeOnePort(String transport) throws Exception {
        int port = FreePort.any();
        serveOnePort(port, program(transport, LOOPBACK, port));
    }

    @Test
    void twoWorkersOfNetty41ServeOnePort() throws Exception {
        int port = FreePort.any();
        var classes = LineServer.class.getProtectionDomain().getCodeSource().getLocation();
        var target = Path.of(classes.toURI()).getParent();
        var classPath = Path.of(classes.toURI()) + File.pathSeparator + target.resolve("netty-4.1") + "/*";
        var options = new ArrayList<>(OPTIONS);
        options.addAll(List.of("-cp", classPath));
        serveOnePort(port, Running.words(options, NettyServer.class, "epoll-4.1", LOOPBACK, port));
    }

    /** Netty writes the IPv4 wildcard in a way of its own. */
    @ParameterizedTest
    @ValueSource(strings = {"epoll+socket", "io_uring+selector"})
    void theWildcardIsTheSameForNettyAndTheJdk(String styles) throws Exception {
        int port = FreePort.any();
        serveOnePort(port, program(styles, "0.0.0.0", port));
    }

    @Test
    void withoutIpv6TheSocketsOfNettyAndTheJdkAreTheSame() throws Exception {
        int port = FreePort.any();
        var options = new ArrayList<>(OPTIONS);
        options.add("-Djava.net.preferIPv4Stack=true");
        serveOnePort(port, Running.program(options, NettyServer.class, "epoll+socket", LOOPBACK, port));
    }

    /** The JDK's acceptor would wait for ever in accept, or make others wait, if O_NONBLOCK were not for all. */
    @ParameterizedTest
    @ValueSource(strings = {"epoll+socket", "io_uring+socket", "io_uring+socket-timeout", "io_uring+epoll"})
    void neitherWorkerHoldsUpTheOther(String styles) throws Exception {
        int port = FreePort.any();
        serveOnePort(port, program(styles, LOOPBACK, port));
    }

    private static void serveOnePort(int port, String[] program) throws Exception {
        try (var cluster = Running.cluster(program)) {
            assertThat(cluster.awaitListening(2))
                    .extracting(Running.Listening::port)
                    .containsOnly(port);
            assertThat(KernelSockets.on(port)).as("sockets on the port").hasSize(1);

            var ledger = new Ledger(port).connect(400, 16);
            // a thread that accepts is quicker than an event loop, which may be late for its first share
            for (int i = 0; i < 20 && ledger.bySlot().size() < 2; i++) {
                ledger.connect(100, 32);
            }

            assertThat(ledger.lost()).isEmpty();
            assertThat(ledger.served()).isEqualTo(ledger.opened());
            assertThat(ledger.bySlot()).containsOnlyKeys(1, 2);
            assertThat(cluster.stop()).isZero();
            assertThat(cluster.lines("^(! )?\\[")).as("what workers printed").isEmpty();
        }
    }

    /** As in a long pause of its garbage collector. */
    @ParameterizedTest
    @ValueSource(strings = {"epoll", "io_uring"})
    void aWorkerThatStandsStillHoldsUpNobody(String transport) throws Exception {
        int port = FreePort.any();
        try (var cluster = Running.cluster(program(transport, LOOPBACK, port))) {
            cluster.awaitListening(2);
            for (int slot : List.of(1, 2)) {
                long pid = cluster.workerPid(slot);
                Running.signal("STOP", pid);
                Running.await("stopped", _ -> KernelSockets.isStopped(pid));

                var ledger = new Ledger(port).connect(100, 8);

                assertThat(ledger.lost()).isEmpty();
                assertThat(ledger.bySlot()).containsOnlyKeys(3 - slot);
                Running.signal("CONT", pid);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "io_uring"})
    void aPortOfZeroIsEachWorkersOwn(String transport) throws Exception {
        try (var cluster = Running.cluster(program(transport, LOOPBACK, 0))) {
            var listening = cluster.awaitListening(2);

            assertThat(listening)
                    .extracting(Running.Listening::port)
                    .doesNotHaveDuplicates()
                    .doesNotContain(0);
            for (var worker : listening) {
                var ledger = new Ledger(worker.port()).connect(20, 4);
                assertThat(ledger.lost()).isEmpty();
                assertThat(ledger.bySlot()).containsOnlyKeys(worker.slot());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "io_uring"})
    void aRefusedBindLooksAsItDoesWithoutACluster(String transport) throws Exception {
        try (var stranger = new ServerSocket(0, 1, InetAddress.getByName(LOOPBACK))) {
            var program = program(transport, LOOPBACK, stranger.getLocalPort());
            var alone = new ArrayList<>(List.of(Running.JAVA));
            alone.addAll(List.of(program).subList(1, program.length));

            try (var plain = Running.start(alone, Map.of());
                    var cluster = Running.cluster(Running.join(new String[] {"--restart", "never"}, program))) {
                var refusal = plain.await("refused: .*").group();
                assertThat(refusal).contains("Address already in use");
                assertThat(cluster.await("refused: .*", 2))
                        .extracting(match -> match.group())
                        .containsOnly(refusal);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "io_uring"})
    void whoClosesGetsNoMoreConnectionsAndTheLastToCloseFreesThePort(String transport) throws Exception {
        assumeAvailable(transport);
        int port = FreePort.any();
        var options = new ArrayList<>(OPTIONS);
        options.add("-Dcontrol");
        try (var cluster = Running.cluster(Running.program(options, NettyServer.class, transport, LOOPBACK, port))) {
            cluster.awaitListening(4); // the shared port, and for each the port by which it is told to close
            closeListener(cluster, 1);

            var ledger = new Ledger(port).connect(400, 16);
            assertThat(ledger.lost()).isEmpty();
            assertThat(ledger.bySlot()).containsOnly(Map.entry(2, 400));

            closeListener(cluster, 2);
            assertThat(KernelSockets.on(port)).as("sockets on the port").isEmpty();
            assertThatThrownBy(() -> new Socket(LOOPBACK, port).close())
                    .isInstanceOf(ConnectException.class)
                    .hasMessageContaining("refused");
        }
    }

    /** Has the slot's worker close its listener, and returns when it has done so. */
    private static void closeListener(Running cluster, int slot) throws IOException {
        var control = cluster.await("^\\[" + slot + "\\] control (\\d+)");
        try (var socket = new Socket(LOOPBACK, Integer.parseInt(control.group(1)))) {
            assertThat(socket.getInputStream().read()).as("end of stream").isEqualTo(-1);
        }
    }

    private static String[] program(String styles, String host, int port) {
        assumeAvailable(styles);
        return Running.program(OPTIONS, NettyServer.class, styles, host, port);
    }

    /** Containers often forbid io_uring. */
    private static void assumeAvailable(String styles) {
        assumeTrue(!styles.contains("io_uring") || IoUring.isAvailable(), "the kernel permits io_uring");
    }
}
