package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.wire.Address.Transport;
import io.netcluster.wire.Message.Close;
import io.netcluster.wire.Message.Disconnect;
import io.netcluster.wire.Message.Drain;
import io.netcluster.wire.Message.Draining;
import io.netcluster.wire.Message.Listening;
import io.netcluster.wire.Message.Ready;
import io.netcluster.wire.Message.Withdraw;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A worker that is drained gives its listeners up by itself, finishes what it has accepted, and ends with 0. */
final class DrainTest {
    private static final long LONG = 60_000;

    @TempDir
    private Path directory = Path.of("/tmp");

    @ParameterizedTest
    @ValueSource(strings = {"socket", "channel", "selector", "async"})
    void whatOthersListenOnIsLeftToThemAtOnce(String style) throws Exception {
        int port = FreePort.any();
        try (var primary = new FakePrimary(directory, false)) {
            primary.done("open a " + style + " 127.0.0.1 " + port);
            var open = served(port, 5);
            var socket = KernelSockets.on(port).getFirst();
            long pid = primary.worker().pid();
            boolean polls = style.equals("selector") || style.equals("async");
            assertThat(KernelSockets.isWatched(pid, socket)).isEqualTo(polls);

            primary.say(new Drain(LONG, false));
            long grant = primary.await(Withdraw.class).grant();
            Running.await("it is told", _ -> primary.heard(Close.class).contains(new Close(grant)));
            assertThat(KernelSockets.has(pid, socket)).isFalse();
            assertThat(KernelSockets.isWatched(pid, socket))
                    .as("a watch that nobody can end")
                    .isFalse();
            for (int i = 0; i < 20; i++) {
                try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
                    primary.acceptElsewhere(grant); // the listener is O_NONBLOCK: it is there, or this fails
                }
            }

            assertThat(primary.await(Draining.class).connections()).isEqualTo(5);
            closeAfterOneMore(open);
            assertThat(primary.worker().awaitExit()).isZero();
            assertThat(primary.heard(Draining.class)).endsWith(new Draining(0));
            assertThat(primary.heard(Close.class))
                    .filteredOn(new Close(grant)::equals)
                    .hasSize(1);
            assertThat(primary.worker().lines("^! ")).as("errors").isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"late", "channel", "selector", "async"})
    void whatWaitsWhereNobodyElseListensIsServed(String style) throws Exception {
        int port = FreePort.any();
        try (var primary = new FakePrimary(directory, true)) {
            primary.done("open a " + style + " 127.0.0.1 " + port);
            var ledger = new Ledger(port);
            long pid = primary.worker().pid();
            Running.signal("STOP", pid);
            Running.await("stopped", _ -> KernelSockets.isStopped(pid));
            try (var _ = ledger.burst(50)) {
                Running.await("they wait", _ -> KernelSockets.queued(port) == 50);
                primary.say(new Drain(LONG, false));
                Running.signal("CONT", pid);
            }
            assertThat(ledger.lost()).isEmpty();
            assertThat(primary.worker().awaitExit()).isZero();
            assertThat(primary.worker().lines("^! ")).as("errors").isEmpty();
        }
    }

    @Test
    void aUnixDomainListenerIsWithdrawnToo() throws Exception {
        var path = directory.resolve("server");
        var address = UnixDomainSocketAddress.of(path);
        try (var primary = new FakePrimary(directory, true)) {
            primary.done("unix a " + path);
            long pid = primary.worker().pid();
            Running.signal("STOP", pid);
            Running.await("stopped", _ -> KernelSockets.isStopped(pid));
            var waiting = new ArrayList<SocketChannel>();
            for (int i = 0; i < 20; i++) {
                waiting.add(SocketChannel.open(address));
            }
            primary.say(new Drain(LONG, false));
            Running.signal("CONT", pid);
            Running.await("refused", _ -> isRefused(address));
            assertThat(primary.worker().process().isAlive()).isTrue();
            for (var channel : waiting) {
                try (channel) {
                    assertThat(UnixSocketTest.ask(channel, "line"))
                            .startsWith("3 ")
                            .endsWith(" line");
                }
            }
            assertThat(primary.worker().awaitExit()).isZero();
            assertThat(primary.worker().lines("^! ")).as("errors").isEmpty();
        }
    }

    private static boolean isRefused(UnixDomainSocketAddress address) {
        try (var _ = SocketChannel.open(address)) {
            return false;
        } catch (ConnectException e) {
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The connection by which the test commands the worker was accepted on a listener, too, and keeps it alive. */
    @Test
    void whatTheProgramClosesAfterwardsAndWhatItOpensIsItsOwnAffair() throws Exception {
        int port = FreePort.any();
        try (var primary = new FakePrimary(directory, false);
                var control = new Socket(InetAddress.getLoopbackAddress(), primary.control())) {
            assertThat(told(control, "open a channel 127.0.0.1 " + port)).isEqualTo(String.valueOf(port));
            assertThat(told(control, "agent isDraining")).isEqualTo("false");
            primary.say(new Drain(LONG, false));
            long grant = primary.await(Withdraw.class).grant();
            Running.await("it is told", _ -> primary.heard(Close.class).contains(new Close(grant)));

            assertThat(told(control, "agent isDraining")).isEqualTo("true");
            assertThat(told(control, "close a")).isEqualTo("closed");
            assertThat(primary.heard(Close.class))
                    .filteredOn(new Close(grant)::equals)
                    .hasSize(1);
            int own = Integer.parseInt(told(control, "open b socket 127.0.0.1 0"));
            assertThat(new Ledger(own).connect(5, 1).lost()).isEmpty();
            assertThat(primary.worker().process().isAlive()).isTrue();
        }
    }

    @Test
    void whenTimeIsUpItEndsAllTheSame() throws Exception {
        int port = FreePort.any();
        try (var primary = new FakePrimary(directory, false)) {
            primary.done("open a socket 127.0.0.1 " + port);
            var hook = directory.resolve("hook");
            primary.done("hook " + hook);
            var open = served(port, 1);
            long start = System.currentTimeMillis();
            primary.say(new Drain(500, false));
            assertThat(primary.worker().awaitExit()).isZero();
            assertThat(Long.parseLong(Files.readString(hook)) - start)
                    .as("its shutdown hooks run, after so many milliseconds")
                    .isBetween(500L, 5_000L);
            assertThat(open.getFirst().getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void theProgramsOwnTasksRunAndOneThatFailsIsHarmless() throws Exception {
        try (var primary = new FakePrimary(directory, false)) {
            var file = directory.resolve("task");
            primary.done("agent onDrain /no/such/directory/file");
            primary.done("agent onDrain " + file);
            primary.say(new Drain(LONG, false));
            assertThat(primary.worker().awaitExit()).isZero();
            assertThat(file).exists();
            assertThat(primary.worker().lines("^! Exception in thread \"netcluster-on-drain\""))
                    .hasSize(1);
        }
    }

    @Test
    void theProgramCanSpeakToThePrimary() throws Exception {
        try (var primary = new FakePrimary(directory, false)) {
            primary.done("agent ready");
            assertThat(primary.await(Ready.class)).isEqualTo(new Ready());
            primary.done("agent disconnect 1234");
            assertThat(primary.await(Disconnect.class)).isEqualTo(new Disconnect(1234));
            assertThat(primary.done("agent isDraining"))
                    .as("until the primary says so")
                    .isEqualTo("false");
        }
    }

    @Test
    void theProgramKnowsItsPlace() throws Exception {
        try (var primary = new FakePrimary(directory, false)) {
            primary.done("open a socket 127.0.0.1 " + FreePort.any()); // the link is up
            assertThat(primary.done("agent identity"))
                    .isEqualTo("{generation=2, id=7, name=puppet, primaryPid="
                            + ProcessHandle.current().pid() + ", slot=3}");
        }
    }

    @Test
    void anExclusivePortIsBoundByTheWorkerAndThePrimaryHearsWhere() throws Exception {
        int tcp = FreePort.any();
        int udp = FreePort.any();
        try (var primary = new FakePrimary(directory, false)) {
            primary.done("agent exclusive " + tcp);
            primary.done("agent exclusive " + udp);
            primary.done("open a socket 127.0.0.1 " + tcp);
            primary.done("udp b channel " + udp);
            primary.done("udp c channel 0");
            Running.await("it is told", _ -> primary.heard(Listening.class).size() >= 3); // one is the puppet's own

            assertThat(primary.heard(Listening.class))
                    .filteredOn(listening -> listening.address().port() != primary.control())
                    .extracting(listening -> listening.address().transport() + " " + listening.address())
                    .containsExactlyInAnyOrder("TCP 127.0.0.1:" + tcp, "UDP 127.0.0.1:" + udp);
            assertThat(primary.tell("udp d channel " + udp))
                    .isEqualTo("failed java.net.BindException: Address already in use");
            primary.done("close b");
            Running.await("and of the end", _ -> primary.heard(Close.class).size() == 1);
            assertThat(Transport.UDP)
                    .isEqualTo(
                            primary.heard(Listening.class).getLast().address().transport());
        }
    }

    @Test
    void anotherCopyOfTheLibraryCanMakeSystemCallsWithoutAWarning() throws Exception {
        try (var primary = new FakePrimary(directory, false)) {
            assertThat(primary.done("agent linking"))
                    .isEqualTo(String.valueOf(primary.worker().pid()));
            assertThat(primary.worker().lines("WARNING")).isEmpty();
        }
    }

    private static List<Socket> served(int port, int count) throws IOException {
        var open = new ArrayList<Socket>();
        for (int i = 0; i < count; i++) {
            var socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(20_000);
            assertThat(told(socket, "one")).endsWith(" one");
            open.add(socket);
        }
        return open;
    }

    private static void closeAfterOneMore(List<Socket> open) throws IOException {
        for (var socket : open) {
            try (socket) {
                assertThat(told(socket, "more")).endsWith(" more");
            }
        }
    }

    private static String told(Socket socket, String line) throws IOException {
        socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        return String.valueOf(
                new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8)).readLine());
    }
}
