package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netcluster.Event;
import io.netcluster.Exit;
import io.netcluster.SocketReturnedException;
import io.netcluster.it.Correspondents.One;
import io.netcluster.it.programs.Served;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A socket that is sent is the receiver's, its client notices nothing, and if it is not taken it comes back. */
final class PassedSocketsTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    @TempDir
    private Path directory = Path.of("/tmp");

    private final Correspondents all = new Correspondents();
    private final List<Closeable> open = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        for (var each : open) {
            each.close();
        }
        all.close();
    }

    /** A connection from both ends. */
    private record Connection(SocketChannel client, Closeable server) {
        String ask(String line) throws IOException {
            client.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.US_ASCII)));
            var answer = new BufferedReader(
                            new InputStreamReader(Channels.newInputStream(client), StandardCharsets.US_ASCII))
                    .readLine();
            assertThat(answer).as("an answer to " + line).isNotNull();
            return answer;
        }
    }

    private Connection connect(String kind) throws IOException {
        if (kind.equals("socket")) {
            try (var listener = new ServerSocket(0, 50, LOOPBACK)) {
                var client = SocketChannel.open(listener.getLocalSocketAddress());
                open.add(client);
                return new Connection(client, listener.accept());
            }
        }
        try (var listener = kind.equals("unix")
                ? ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                        .bind(UnixDomainSocketAddress.of(directory.resolve("s" + System.nanoTime())))
                : ServerSocketChannel.open().bind(new InetSocketAddress(LOOPBACK, 0))) {
            var client = SocketChannel.open(listener.getLocalAddress());
            open.add(client);
            var server = listener.accept();
            if (kind.equals("selector")) {
                var selector = Selector.open();
                open.add(selector);
                server.configureBlocking(false).register(selector, SelectionKey.OP_READ);
                selector.selectNow();
            }
            return new Connection(client, kind.equals("adaptor") ? server.socket() : server);
        }
    }

    private static void await(CompletableFuture<Void> taken) throws Exception {
        taken.get(20, TimeUnit.SECONDS);
    }

    private static boolean isOpen(Closeable socket) {
        return switch (socket) {
            case Channel channel -> channel.isOpen();
            case Socket plain -> !plain.isClosed();
            case ServerSocket listener -> !listener.isClosed();
            case DatagramSocket datagrams -> !datagrams.isClosed();
            default -> throw new IllegalArgumentException();
        };
    }

    private static String by(One one, String line) {
        return one.worker().slot() + " " + one.worker().pid() + " " + line;
    }

    private static String byPrimary(String line) {
        return "0 " + ProcessHandle.current().pid() + " " + line;
    }

    // ------------------------------------------------------------------ connections

    @ParameterizedTest
    @ValueSource(strings = {"channel", "selector", "socket", "adaptor", "unix"})
    void aConnectionIsServedByWhomItIsSentTo(String kind) throws Exception {
        var one = all.fork("take");
        one.done("count");
        await(one.worker().send("serve", connect(kind).server()));
        long before = Running.descriptors(ProcessHandle.current().pid());
        for (int i = 0; i < 5; i++) {
            var connection = connect(kind);
            connection.client().write(ByteBuffer.wrap("early\n".getBytes(StandardCharsets.US_ASCII)));
            var taken = one.worker().send("serve", connection.server());
            assertThat(isOpen(connection.server())).isFalse();
            await(taken);
            assertThat(connection.ask("hello")).isEqualTo(by(one, "early"));
            connection.client().close();
        }
        for (var each : open) {
            if (each instanceof Selector selector) {
                selector.close();
            }
        }
        // the first connection's client is open still, and was before; a selector of its has been closed, with three
        assertThat(Running.descriptors(ProcessHandle.current().pid())).isLessThanOrEqualTo(before);
    }

    @Test
    void aWorkerThatDrainsFinishesWhatWasPassedToIt() throws Exception {
        var one = all.fork("take");
        var connection = connect("channel");
        await(one.worker().send("serve", connection.server()));
        assertThat(connection.ask("before")).isEqualTo(by(one, "before"));
        var counted = new CompletableFuture<Integer>();
        one.worker().onEvent(event -> {
            if (event instanceof Event.Draining draining) {
                counted.complete(draining.connections());
            }
        });
        var end = one.worker().disconnect(Duration.ofMinutes(1));
        assertThat(counted.get(20, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(connection.ask("meanwhile")).isEqualTo(by(one, "meanwhile"));
        assertThat(end).isNotDone();
        connection.client().close();
        assertThat(end.get(20, TimeUnit.SECONDS)).isEqualTo(new Exit(0));
    }

    @Test
    void soItIsFromAWorkerByThePrimaryToAnother() throws Exception {
        var first = all.fork("take");
        var second = all.fork("take");
        first.worker().onMessage(message -> forward(second, message.socket()));
        for (var kind : List.of("channel", "unix")) {
            var connection = connect(kind);
            await(first.worker().send("back", connection.server()));
            assertThat(connection.ask("hello")).isEqualTo(by(second, "hello"));
            assertThat(connection.ask("again")).isEqualTo(by(second, "again"));
        }
    }

    private static void forward(One to, Closeable socket) {
        try {
            var _ = to.worker().send("serve", socket);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aWorkersConnectionIsServedByThePrimary() throws Exception {
        var one = all.fork("take");
        one.worker().onMessage(message -> Served.by(message.socket()));
        var connection = connect("channel");
        await(one.worker().send("back", connection.server()));
        assertThat(connection.ask("hello")).isEqualTo(byPrimary("hello"));
    }

    @Test
    void itsMessageComesInItsTurn() throws Exception {
        var one = all.fork("take");
        for (int i = 0; i < 50; i++) {
            one.worker().send("before " + i);
            var _ = one.worker().send("socket " + i, connect("channel").server());
            one.worker().send("after " + i);
        }
        one.awaitCount(150);
        var seen = one.tell("seen").split(",");
        for (int i = 0; i < 50; i++) {
            assertThat(List.of(seen).subList(3 * i, 3 * i + 3))
                    .containsExactly("before " + i, "socket " + i, "after " + i);
        }
    }

    // ------------------------------------------------------------------ listeners and datagrams

    private static String askAt(SocketAddress address, String line) throws IOException {
        try (var client = SocketChannel.open(address)) {
            return new Connection(client, client).ask(line);
        }
    }

    @Test
    void aListenerAcceptsWhereItIsSent() throws Exception {
        var one = all.fork("take");
        var channel = ServerSocketChannel.open().bind(new InetSocketAddress(LOOPBACK, 0));
        var socket = new ServerSocket(0, 50, LOOPBACK);
        for (var listener : List.of(channel, socket)) {
            var address = listener instanceof ServerSocket plain
                    ? plain.getLocalSocketAddress()
                    : ((ServerSocketChannel) listener).getLocalAddress();
            try (var early = SocketChannel.open(address)) {
                var taken = one.worker().send("serve", listener);
                assertThat(isOpen(listener)).isFalse();
                await(taken);
                assertThat(new Connection(early, early).ask("early")).isEqualTo(by(one, "early"));
            }
            assertThat(askAt(address, "hello")).isEqualTo(by(one, "hello"));
        }
    }

    @Test
    void aWorkersListenersAcceptInThePrimary() throws Exception {
        var one = all.fork("take");
        one.worker().onMessage(message -> Served.by(message.socket()));
        int own = Integer.parseInt(one.done("pass listener serve"));
        assertThat(askAt(new InetSocketAddress(LOOPBACK, own), "hello")).isEqualTo(byPrimary("hello"));
        int shared = Integer.parseInt(one.done("pass " + FreePort.any() + " serve"));
        assertThat(askAt(new InetSocketAddress(LOOPBACK, shared), "hello")).isEqualTo(byPrimary("hello"));
    }

    private static String datagram(int port, String line) throws IOException {
        try (var client = new DatagramSocket()) {
            client.setSoTimeout(20_000);
            var bytes = line.getBytes(StandardCharsets.US_ASCII);
            client.send(new DatagramPacket(bytes, bytes.length, LOOPBACK, port));
            var answer = new DatagramPacket(new byte[1500], 1500);
            client.receive(answer);
            return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.US_ASCII).trim();
        }
    }

    @Test
    void datagramsAreAnsweredWhereTheirSocketIsSent() throws Exception {
        var one = all.fork("take");
        var channel = DatagramChannel.open().bind(new InetSocketAddress(LOOPBACK, 0));
        int port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
        await(one.worker().send("serve", channel));
        assertThat(isOpen(channel)).isFalse();
        assertThat(datagram(port, "hello")).isEqualTo(by(one, "hello"));
        var socket = new DatagramSocket(0, LOOPBACK);
        port = socket.getLocalPort();
        await(one.worker().send("serve", socket));
        assertThat(isOpen(socket)).isFalse();
        assertThat(datagram(port, "hello")).isEqualTo(by(one, "hello"));
        one.worker().onMessage(message -> Served.by(message.socket()));
        assertThat(datagram(Integer.parseInt(one.done("pass datagrams serve")), "hello"))
                .isEqualTo(byPrimary("hello"));
    }

    // ------------------------------------------------------------------ what is no socket to be sent

    @Test
    void whatCannotBeSentIsRefusedAndUntouched() throws Exception {
        var one = all.fork("take");
        var tls = SSLSocketFactory.getDefault().createSocket();
        var unconnected = SocketChannel.open();
        var unbound = ServerSocketChannel.open();
        var unboundDatagrams = DatagramChannel.open();
        for (Closeable socket : List.of(tls, unconnected, unbound, unboundDatagrams)) {
            assertThatIllegalArgumentException().isThrownBy(() -> one.worker().send("serve", socket));
            assertThat(isOpen(socket)).isTrue();
            socket.close();
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> one.worker().send("serve", () -> {}))
                .withMessageContaining("not a socket");
        assertThat(one.tell("pass unconnected serve")).contains("IllegalArgumentException");
        assertThatThrownBy(() -> one.worker().send("serve", unconnected)).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void soItIsIfItsMessageIsTooLongOrNoCodecKnowsIt() throws Exception {
        var one = all.fork("take");
        var connection = connect("channel");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> one.worker().send(new byte[(16 << 20) + 1], connection.server()));
        assertThatIllegalArgumentException().isThrownBy(() -> one.worker().send(42, connection.server()));
        await(one.worker().send("serve", connection.server()));
        assertThat(connection.ask("hello")).isEqualTo(by(one, "hello"));
    }

    @Test
    void aSocketIsSentOnce() throws Exception {
        var one = all.fork("take");
        for (var kind : List.of("channel", "socket")) {
            var connection = connect(kind);
            var taken = one.worker().send("serve", connection.server());
            assertThatThrownBy(() -> one.worker().send("serve", connection.server()))
                    .isInstanceOf(ClosedChannelException.class);
            await(taken);
            assertThat(connection.ask("hello")).isEqualTo(by(one, "hello"));
        }
    }

    // ------------------------------------------------------------------ many, and what comes back

    @Test
    void twoThousandInARowAreAllServed() throws Exception {
        assumeTrue(
                ManagementFactory.getOperatingSystemMXBean()
                                instanceof com.sun.management.UnixOperatingSystemMXBean system
                        && system.getMaxFileDescriptorCount() > 8_000,
                "descriptors for 2,000 clients, connections and copies");
        var one = all.fork("take");
        var connections = new ArrayList<Connection>();
        var taken = new ArrayList<CompletableFuture<Void>>();
        try (var listener = ServerSocketChannel.open().bind(new InetSocketAddress(LOOPBACK, 0))) {
            for (int i = 0; i < 2_000; i++) {
                var client = SocketChannel.open(listener.getLocalAddress());
                open.add(client);
                connections.add(new Connection(client, listener.accept()));
            }
        }
        for (var connection : connections) {
            taken.add(one.worker().send("serve", connection.server()));
        }
        for (var each : taken) {
            await(each);
        }
        for (int i = 0; i < 2_000; i++) {
            assertThat(connections.get(i).ask("hello-" + i)).isEqualTo(by(one, "hello-" + i));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 60})
    void whatAReceiverHasNoDescriptorForComesBackAndTheChannelLives(int atOnce) throws Exception {
        var one = all.fork("take");
        await(one.worker().send("serve", connect("channel").server()));
        long limit = Running.descriptors(one.worker().pid()) + 20;
        var prlimit = new ProcessBuilder(
                "prlimit", "--pid", String.valueOf(one.worker().pid()), "--nofile=" + limit + ":" + limit);
        assertThat(prlimit.start().waitFor()).isZero();
        int served = 0;
        int returned = 0;
        for (int i = 0; i < 60; i += atOnce) {
            var connections = new ArrayList<Connection>();
            for (int j = 0; j < atOnce; j++) {
                connections.add(connect("channel"));
            }
            var taken = new ArrayList<CompletableFuture<Void>>();
            for (var connection : connections) {
                taken.add(one.worker().send("serve", connection.server()));
            }
            for (int j = 0; j < atOnce; j++) {
                try {
                    await(taken.get(j));
                    assertThat(connections.get(j).ask("hello")).isEqualTo(by(one, "hello"));
                    served++;
                } catch (ExecutionException e) {
                    Served.by(returned(e));
                    assertThat(connections.get(j).ask("hello")).isEqualTo(byPrimary("hello"));
                    returned++;
                }
            }
        }
        // 20 more fit, and one more for each descriptor that was open only as they were counted (a class
        // that was being read).
        assertThat(served).isPositive();
        assertThat(returned).isPositive().isEqualTo(60 - served);
        one.worker().send("echo it lives");
        assertThat(one.taking().next().text()).isEqualTo("it lives");
    }

    private static NetworkChannel returned(ExecutionException e) {
        assertThat(e).hasCauseInstanceOf(SocketReturnedException.class);
        return ((SocketReturnedException) e.getCause()).socket();
    }

    @ParameterizedTest
    @ValueSource(strings = {"stopped", "without a handler", "without a connection", "dead"})
    void whatADyingWorkerHasNotTakenIsServedByOthers(String worker) throws Exception {
        var one = all.fork(
                switch (worker) {
                    case "without a handler" -> "send_hello";
                    case "without a connection" -> "count";
                    default -> "take";
                });
        var other = all.fork("take");
        one.done("count");
        if (worker.equals("stopped")) {
            await(one.worker().send("serve", connect("channel").server()));
            Running.signal("STOP", one.worker().pid());
        }
        if (worker.equals("dead")) {
            one.worker().kill(9);
            one.awaitExit();
        }
        Ledger ledger;
        var taken = new ArrayList<CompletableFuture<Void>>();
        try (var listener = ServerSocketChannel.open().bind(new InetSocketAddress(LOOPBACK, 0), 100)) {
            ledger = new Ledger(((InetSocketAddress) listener.getLocalAddress()).getPort());
            try (var _ = ledger.burst(20)) {
                for (int i = 0; i < 20; i++) {
                    taken.add(one.worker().send("serve", listener.accept()));
                }
                one.worker().kill(9);
                for (int i = 0; i < 20; i++) {
                    serveAgain(taken.get(i), i % 2 == 0 ? other : null);
                }
            }
        }
        assertThat(ledger.lost()).isEmpty();
        assertThat(ledger.bySlot())
                .containsEntry(0, 10)
                .containsEntry(other.worker().slot(), 10);
    }

    private static void serveAgain(CompletableFuture<Void> taken, @org.jspecify.annotations.Nullable One by)
            throws Exception {
        try {
            await(taken);
            throw new AssertionError("nobody has taken it");
        } catch (ExecutionException e) {
            if (by == null) {
                Served.by(returned(e));
            } else {
                await(by.worker().send("serve", returned(e)));
            }
        }
    }

    @Test
    void handlersThatPassEachOtherSocketsAllTheTimeDoNotWaitForEachOther() throws Exception {
        var one = all.fork("take");
        var back = new ArrayList<NetworkChannel>();
        one.worker().onMessage(message -> {
            synchronized (back) {
                back.add(message.socket());
            }
        });
        var connections = new ArrayList<Connection>();
        var taken = new ArrayList<CompletableFuture<Void>>();
        for (int i = 0; i < 500; i++) {
            var connection = connect("channel");
            connections.add(connection);
            taken.add(one.worker().send("back", connection.server()));
        }
        for (var each : taken) {
            await(each);
        }
        Running.await("all are back", _ -> size(back) == 500);
        back.forEach(Served::by);
        for (var connection : connections) {
            assertThat(connection.ask("hello")).isEqualTo(byPrimary("hello"));
        }
    }

    private static int size(List<?> list) {
        synchronized (list) {
            return list.size();
        }
    }
}
