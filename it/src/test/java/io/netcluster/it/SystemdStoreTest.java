package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.programs.Hindered;
import io.netcluster.it.programs.LineServer;
import io.netcluster.it.programs.Puppet;
import io.netcluster.sys.Sockets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What systemd keeps for a cluster: the queue of a listener outlives whoever has been killed, and only then. */
final class SystemdStoreTest {
    private static final int WAITING = 20;

    @TempDir
    private Path directory;

    @Test
    void connectionsThatWaitOutliveThePrimaryAndItsOnlyWorker() throws Exception {
        int port = FreePort.any();
        try (var unit = SystemdUnit.of(directory, 1, LineServer.class, "socket", "127.0.0.1", port)) {
            unit.start().awaitListening(1);
            assertThat(unit.manager().stored()).hasSize(1);
            unit.kill();
            SystemdUnit.kill(unit.pids().get(1));
            var waiting = wait(port);
            unit.start();
            assertAllAreServed(port, waiting);
            assertThat(KernelSockets.on(port)).hasSize(1);
            unit.stop();
            try (var free = new ServerSocket()) {
                free.bind(new InetSocketAddress("127.0.0.1", port));
            }
        }
    }

    /** Its slot's next worker is to come later, so that the primary had the listener alone when it was killed. */
    @Test
    void connectionsThatWaitOutliveThePrimaryWhoseOnlySlotIsInBackOff() throws Exception {
        int port = FreePort.any();
        var hindrance = directory.resolve("hindrance");
        try (var unit = SystemdUnit.of(directory, 1, Hindered.class, hindrance, "socket", "127.0.0.1", port)) {
            unit.start().awaitListening(1);
            Files.createFile(hindrance);
            Running.signal("KILL", unit.pids().get(1));
            unit.primary().await("exited with 3 .*; starts again in ");
            var waiting = wait(port);
            unit.kill();
            Files.delete(hindrance);
            unit.start();
            assertAllAreServed(port, waiting);
            unit.stop();
        }
    }

    /** The last worker goes on to accept, though for systemd the listener is one that nobody has any more. */
    @Test
    void whatWaitsWhenTheServiceIsStoppedIsServed() throws Exception {
        int port = FreePort.any();
        try (var unit = puppet()) {
            tell(unit, "open a late 127.0.0.1 " + port);
            var waiting = wait(port);
            unit.primary().signal("TERM");
            assertAllAreServed(port, waiting);
            assertThat(unit.primary().awaitExit()).isZero();
            Running.await("an empty store", _ -> unit.manager().stored().isEmpty());
        }
    }

    private static List<Socket> wait(int port) throws IOException {
        var waiting = new ArrayList<Socket>();
        for (int i = 0; i < WAITING; i++) {
            waiting.add(new Socket(InetAddress.getLoopbackAddress(), port));
        }
        assertThat(KernelSockets.queued(port)).isEqualTo(WAITING);
        return waiting;
    }

    private static void assertAllAreServed(int port, List<Socket> waiting) throws IOException {
        var ledger = new Ledger(port);
        for (var socket : waiting) {
            try (socket) {
                socket.setSoTimeout((int) Running.PATIENCE.toMillis());
                ledger.exchange(socket, "waited");
            }
        }
        assertThat(ledger.lost()).isEmpty();
        assertThat(ledger.served()).isEqualTo(WAITING);
    }

    @Test
    void aUnixDomainListenerIsKeptWithItsFile() throws Exception {
        var path = directory.resolve("server");
        try (var unit = puppet()) {
            tell(unit, "unix u " + path);
            unit.kill();
            SystemdUnit.kill(unit.pids().get(1));
            try (var client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
                client.write(ByteBuffer.wrap("x\n".getBytes(StandardCharsets.US_ASCII)));
                unit.start();
                Files.delete(path); // as servers do that are about to bind
                tell(unit, "unix u " + path);
                assertThat(client.read(ByteBuffer.allocate(100))).isPositive();
            }
            assertThat(SocketChannel.open(UnixDomainSocketAddress.of(path)).isConnected())
                    .isTrue();
            tell(unit, "close u");
            unit.stop();
            assertThat(path).doesNotExist();
        }
    }

    @Test
    void whatWorkersHaveIsTheSameListenerAndItsAddressIsFreeWhenTheyCloseIt() throws Exception {
        int port = FreePort.any();
        try (var unit = puppet()) {
            unit.manager().slow();
            tell(unit, "open a socket 127.0.0.1 " + port);
            int control = control(unit);
            unit.kill();
            unit.start().await("adopted 1 worker");
            assertThat(KernelSockets.on(port)).hasSize(1);
            assertThat(unit.manager().stored()).hasSize(1);
            assertThat(new Ledger(port).connect(20, 2).lost()).isEmpty();
            assertThat(Puppets.tellAt(control, "close a")).isEqualTo("closed");
            try (var free = new ServerSocket()) {
                free.bind(new InetSocketAddress("127.0.0.1", port));
            }
            Running.await("an empty store", _ -> unit.manager().stored().isEmpty());
            unit.stop();
        }
    }

    @Test
    void whatNobodyAsksForAgainIsNotKept() throws Exception {
        int forgotten = FreePort.any();
        int moved = FreePort.any();
        try (var unit = puppet()) {
            tell(unit, "open a socket 127.0.0.1 " + forgotten);
            tell(unit, "open b socket 127.0.0.1 " + moved);
            unit.kill();
            SystemdUnit.kill(unit.pids().get(1));
            unit.start();
            tell(unit, "open b socket * " + moved); // where the old one is in the way
            assertThat(new Ledger(moved).connect(20, 2).lost()).isEmpty();
            Running.await(
                    "the other one is removed", _ -> unit.manager().stored().size() == 1);
            Running.await("nobody listens there", _ -> Ledger.isRefused(forgotten));
            assertThat(new Ledger(moved).connect(20, 2).lost()).isEmpty();
            unit.stop();
        }
    }

    @Test
    void whatIsOfNoUseIsRemovedAndHindersNothing() throws Exception {
        int port = FreePort.any();
        try (var unit = puppet()) {
            unit.manager().store("netcluster/later/version", Sockets.unixStream());
            unit.manager().store("netcluster/TCP/2/false/80/0/7f000001", Sockets.unixStream());
            unit.manager().store("netcluster/TCP/2/false/port/0/7f000001", Sockets.unixStream());
            unit.start().await("cannot use netcluster/TCP/2/false/port.*: ");
            unit.primary().await("cannot use netcluster/TCP/2/false/80.*: it does not listen on 127.0.0.1:80");
            unit.primary().await("cannot use netcluster/later/version.*: another version of netcluster");
            Running.await("an empty store", _ -> unit.manager().stored().isEmpty());
            tell(unit, "open a socket 127.0.0.1 " + port);
            assertThat(new Ledger(port).connect(20, 2).lost()).isEmpty();
            unit.stop();
        }
    }

    /** It is systemd's: whoever connects while the service is stopped waits for its next start. */
    @Test
    void aSocketThatSystemdHasOpenedIsNotShutDownByTheLastWorker() throws Exception {
        var path = directory.resolve("web");
        int opened = Sockets.unixStream();
        Sockets.bindUnix(opened, path.toString().getBytes(StandardCharsets.UTF_8));
        Sockets.listen(opened);
        try (var unit = puppet()) {
            unit.manager().store("web.socket", opened);
            unit.start().await("the service manager has opened .*web");
            Files.delete(path); // as servers do that are about to bind
            tell(unit, "unix u " + path);
            assertThat(unit.primary().stop()).isZero();
            assertThat(unit.manager().stored()).containsExactly("web.socket");
            try (var client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
                client.write(ByteBuffer.wrap("x\n".getBytes(StandardCharsets.US_ASCII)));
                unit.start();
                tell(unit, "unix u " + path);
                assertThat(client.read(ByteBuffer.allocate(100))).isPositive();
            }
            assertThat(unit.primary().stop()).isZero();
            try (var left = Files.list(directory)) {
                assertThat(left.map(file -> file.getFileName().toString()))
                        .as("no second link is left")
                        .noneMatch(name -> name.startsWith(".web"))
                        .contains("web");
            }
        }
    }

    private SystemdUnit puppet() throws IOException {
        return SystemdUnit.of(directory, 1, Puppet.class);
    }

    private static int control(SystemdUnit unit) {
        return Integer.parseInt(
                unit.primary().awaitAll("^\\[1] control (\\d+)").getLast().group(1));
    }

    private static void tell(SystemdUnit unit, String command) throws IOException {
        if (!unit.isRunning()) {
            unit.start();
        }
        assertThat(Puppets.tellAt(control(unit), command)).as(command).doesNotStartWith("failed");
    }
}
