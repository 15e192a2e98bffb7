package io.netcluster.sys;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.Closeable;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.NetworkInterface;
import java.net.ProtocolFamily;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.Pipe;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A socket of the JDK's goes through SCM_RIGHTS and is a socket of the JDK's again, and nobody at its other end notices.
 *
 * <p>In a JVM without agent or option, as a primary's is.
 */
@Timeout(60)
final class JavaSocketsTest {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    private static final InetAddress LOOPBACK_6 = InetAddress.ofLiteral("::1");

    /** The JDK's native methods in which a thread waits for a socket or a selector. */
    private static final Set<String> WAITS = Set.of("accept", "accept0", "poll", "read0", "receive0", "wait");

    private final Deque<Closeable> opened = new ArrayDeque<>();
    private long before;

    @TempDir
    Path directory;

    @BeforeEach
    void warmUp() throws Exception {
        StandIn.connected(true);
        StandIn.connected(false);
        // what the JDK opens once and keeps: libraries, pollers, the random generator of Unix-domain sockets
        try (var server = listen(StandardProtocolFamily.INET6);
                var taken = (SocketChannel) passOn(SocketChannel.open(server.getLocalAddress()));
                var selector = Selector.open()) {
            server.accept().close();
            register(selector, taken, SelectionKey.OP_READ);
            selector.selectNow();
            var accepting = inThread(true, server::accept);
            awaitBlocked(accepting);
            SocketChannel.open(server.getLocalAddress()).close();
            accepting.get().close();
            ServerSocketChannel.open(StandardProtocolFamily.UNIX).close();
            AsynchronousSocketChannel.open().close();
        }
        before = OpenDescriptors.count();
    }

    @AfterEach
    void nothingLeaks() throws Exception {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
        assertThat(OpenDescriptors.count()).isEqualTo(before);
    }

    // ---------------------------------------------------------------- connections

    @ParameterizedTest
    @EnumSource(StandardProtocolFamily.class)
    void aChannelGoesOnWhereItWas(StandardProtocolFamily family) throws Exception {
        var server = opened(listen(family));
        var client = opened(SocketChannel.open(server.getLocalAddress()));
        var accepted = opened(server.accept());
        var local = accepted.getLocalAddress();
        var remote = accepted.getRemoteAddress();
        client.write(bytes("not yet read"));

        var received = opened((SocketChannel) passOn(accepted));

        assertThat(accepted.isOpen()).isFalse();
        assertThat(received.isConnected()).isTrue();
        assertThat(received.isBlocking()).isTrue();
        assertThat(received.getLocalAddress()).isEqualTo(local);
        assertThat(received.getRemoteAddress()).isEqualTo(remote);
        assertThat(read(received, 12)).isEqualTo("not yet read");
        assertTalking(client, received);
        received.close();
        assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    }

    @Test
    void theClientsEndGoesToo() throws Exception {
        var path = directory.resolve("s");
        var server = opened(ServerSocketChannel.open(StandardProtocolFamily.UNIX));
        server.bind(UnixDomainSocketAddress.of(path));
        var client = SocketChannel.open(UnixDomainSocketAddress.of(path));
        var accepted = opened(server.accept());
        var received = opened((SocketChannel) passOn(client));
        assertThat(received.getRemoteAddress()).isEqualTo(UnixDomainSocketAddress.of(path));
        assertTalking(accepted, received);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void aChannelThatSelectorsHaveLeavesThem(String host) throws Exception {
        var server = opened(ServerSocketChannel.open()).bind(new InetSocketAddress(host, 0));
        var client = opened(SocketChannel.open(server.getLocalAddress()));
        var accepted = server.accept();
        var one = opened(Selector.open());
        var other = opened(Selector.open());
        long watched = OpenDescriptors.watched();
        var key = register(one, accepted, SelectionKey.OP_READ | SelectionKey.OP_WRITE);
        register(other, accepted, SelectionKey.OP_READ);
        assertThat(one.select()).isEqualTo(1);
        assertThat(other.selectNow()).isZero();

        var received = opened((SocketChannel) passOn(accepted));

        assertThat(accepted.isOpen()).isFalse();
        assertThat(key.isValid()).isFalse();
        assertThat(OpenDescriptors.watched()).isEqualTo(watched);
        client.write(bytes("x"));
        assertThat(one.selectNow()).isZero();
        assertThat(other.selectNow()).isZero();
        assertThat(one.keys()).isEmpty();
        assertThat(read(received, 1)).isEqualTo("x");
        assertTalking(client, received);
    }

    @Test
    void aSelectorThatIsWaitingGoesOnWaiting() throws Exception {
        var server = opened(listen(StandardProtocolFamily.INET6));
        var client = opened(SocketChannel.open(server.getLocalAddress()));
        var accepted = server.accept();
        var selector = opened(Selector.open());
        register(selector, accepted, SelectionKey.OP_READ);
        var selecting = inPlatformThread(() -> selector.select());
        awaitBlocked(selecting);

        var received = opened((SocketChannel) passOn(accepted));
        client.write(bytes("x"));

        assertThat(read(received, 1)).isEqualTo("x");
        assertThat(selecting.isDone()).isFalse();
        selector.wakeup();
        assertThat(selecting.get()).isZero();
    }

    @Test
    void aReceivedChannelIsSelected() throws Exception {
        var server = opened(listen(StandardProtocolFamily.INET6));
        var client = opened(SocketChannel.open(server.getLocalAddress()));
        var received = opened((SocketChannel) passOn(server.accept()));
        var selector = opened(Selector.open());
        var key = register(selector, received, SelectionKey.OP_READ);
        assertThat(selector.selectNow()).isZero();
        client.write(bytes("x"));
        assertThat(selector.select()).isEqualTo(1);
        assertThat(key.isReadable()).isTrue();
        assertThat(received.read(ByteBuffer.allocate(9))).isEqualTo(1);
        assertThat(received.read(ByteBuffer.allocate(9))).isZero();
    }

    @Test
    void aSocketGoesAndItsAdaptorIsASocketAgain() throws Exception {
        var server = opened(new ServerSocket(0, 5, LOOPBACK));
        var client = opened(new Socket(LOOPBACK, server.getLocalPort()));
        var accepted = server.accept();
        accepted.setTcpNoDelay(true);

        var received = opened((SocketChannel) passOn(accepted)).socket();

        assertThat(accepted.isClosed()).isTrue();
        assertThat(received.getRemoteSocketAddress()).isEqualTo(client.getLocalSocketAddress());
        assertThat(received.getLocalPort()).isEqualTo(server.getLocalPort());
        assertThat(received.getTcpNoDelay()).isTrue();
        client.getOutputStream().write('a');
        assertThat(received.getInputStream().read()).isEqualTo('a');
        received.getOutputStream().write('b');
        assertThat(client.getInputStream().read()).isEqualTo('b');
        received.setSoTimeout(1);
        assertThatIOException().isThrownBy(() -> received.getInputStream().read());
        received.close();
        assertThat(client.getInputStream().read()).isEqualTo(-1);
    }

    @Test
    void theClientsOwnSocketGoesToo() throws Exception {
        var server = opened(new ServerSocket(0, 5, LOOPBACK));
        var client = new Socket(LOOPBACK, server.getLocalPort()); // behind SOCKS, which is not in use
        var accepted = opened(server.accept());
        var received = opened((SocketChannel) passOn(client));
        accepted.getOutputStream().write('a');
        assertThat(read(received, 1)).isEqualTo("a");
        assertThatThrownBy(() -> client.getOutputStream()).isInstanceOf(SocketException.class);
    }

    @Test
    void aChannelsSocketTakesItsChannelWithIt() throws Exception {
        var server = opened(listen(StandardProtocolFamily.INET6));
        opened(SocketChannel.open(server.getLocalAddress()));
        var accepted = server.accept();
        opened(passOn(accepted.socket()));
        assertThat(accepted.isOpen()).isFalse();
    }

    @Test
    void whoWaitsInReadIsToldOfTheClose() throws Exception {
        var server = opened(listen(StandardProtocolFamily.INET6));
        for (boolean virtual : new boolean[] {false, true}) {
            var client = opened(SocketChannel.open(server.getLocalAddress()));
            var accepted = server.accept();
            var reading = inThread(virtual, () -> accepted.read(ByteBuffer.allocate(1)));
            awaitBlocked(reading);

            var received = opened((SocketChannel) passOn(accepted));

            assertThatThrownBy(reading::get)
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(AsynchronousCloseException.class);
            assertTalking(client, received);
        }
    }

    @Test
    void whoWaitsInASocketsReadIsToldOfTheClose() throws Exception {
        var server = opened(new ServerSocket(0, 5, LOOPBACK));
        for (boolean virtual : new boolean[] {false, true}) {
            var client = opened(new Socket(LOOPBACK, server.getLocalPort()));
            var accepted = server.accept();
            var reading = inThread(virtual, () -> accepted.getInputStream().read());
            awaitBlocked(reading);

            var received = opened((SocketChannel) passOn(accepted));

            assertThatThrownBy(reading::get).hasCauseInstanceOf(SocketException.class);
            client.getOutputStream().write('a');
            assertThat(read(received, 1)).isEqualTo("a");
        }
    }

    @Test
    void aVirtualThreadsSocketIsAPlatformThreadsAgain() throws Exception {
        var server = opened(listen(StandardProtocolFamily.INET6));
        var client = opened(SocketChannel.open(server.getLocalAddress()));
        var accepted = server.accept();
        long watched = OpenDescriptors.watched();
        var readingHere = inThread(true, () -> read(accepted, 1));
        awaitBlocked(readingHere);
        client.write(bytes("x"));
        assertThat(readingHere.get()).isEqualTo("x"); // the socket does not block any more

        var received = opened((SocketChannel) passOn(accepted));

        assertThat(OpenDescriptors.watched()).isEqualTo(watched);

        var reading = inPlatformThread(() -> read(received, 1));
        awaitBlocked(reading);
        client.write(bytes("y"));
        assertThat(reading.get()).isEqualTo("y");
        int taken = JavaSockets.take(received);
        assertThat(Descriptors.isNonBlocking(taken)).isFalse();
        Descriptors.close(taken);
    }

    @Test
    void aConnectionThatWasResetOnItsWayIsAChannelThatSaysSo() throws Exception {
        var server = opened(listen(StandardProtocolFamily.INET6));
        var client = SocketChannel.open(server.getLocalAddress());
        int taken = JavaSockets.take(server.accept());
        client.setOption(StandardSocketOptions.SO_LINGER, 0).close();
        var received = opened((SocketChannel) JavaSockets.open(taken));
        assertThat(received.getRemoteAddress()).isNull();
        assertThatIOException()
                .isThrownBy(() -> received.read(ByteBuffer.allocate(1)))
                .withMessageContaining("reset");
    }

    // ---------------------------------------------------------------- listeners

    @ParameterizedTest
    @EnumSource(StandardProtocolFamily.class)
    void aListenerGoesWithItsQueue(StandardProtocolFamily family) throws Exception {
        var server = listen(family);
        var address = server.getLocalAddress();
        var waiting = opened(SocketChannel.open(address));

        var received = opened((ServerSocketChannel) passOn(server));

        assertThat(server.isOpen()).isFalse();
        assertThat(received.getLocalAddress()).isEqualTo(address);
        assertThat(received.isBlocking()).isTrue();
        assertTalking(waiting, opened(received.accept()));
        var accepting = inPlatformThread(received::accept);
        awaitBlocked(accepting);
        var client = opened(SocketChannel.open(address));
        assertTalking(client, opened(accepting.get()));
        received.close();
        assertThatIOException().isThrownBy(() -> SocketChannel.open(address));
    }

    @Test
    void whatAReceivedListenerAcceptsIsOfItsFamily() throws Exception {
        var received = opened((ServerSocketChannel) passOn(listen(StandardProtocolFamily.INET)));
        opened(SocketChannel.open(received.getLocalAddress()));
        var accepted = opened(received.accept());
        accepted.setOption(StandardSocketOptions.IP_TOS, 8);
        assertThat(accepted.getOption(StandardSocketOptions.IP_TOS)).isEqualTo(8);
    }

    @Test
    void aListenerThatASelectorHasGoesToAnother() throws Exception {
        var server = listen(StandardProtocolFamily.INET6);
        var here = opened(Selector.open());
        register(here, server, SelectionKey.OP_ACCEPT);
        here.selectNow();
        var received = opened((ServerSocketChannel) passOn(server));
        var there = opened(Selector.open());
        register(there, received, SelectionKey.OP_ACCEPT);
        assertThat(received.accept()).isNull();
        opened(SocketChannel.open(received.getLocalAddress()));
        assertThat(there.select()).isEqualTo(1);
        assertThat(here.selectNow()).isZero();
        opened(received.accept());
    }

    @Test
    void whoGetsAListenerMakesItBlockForNobodyElse() throws Exception {
        var server = listen(StandardProtocolFamily.INET6);
        int taken = JavaSockets.take(server);
        int others = Descriptors.duplicate(taken);
        opened(() -> Descriptors.close(others));
        var received = opened((ServerSocketChannel) JavaSockets.open(taken));
        assertThat(Descriptors.isNonBlocking(others)).isTrue();
        received.configureBlocking(false);
        received.configureBlocking(true);
        received.socket().setSoTimeout(1);
        assertThatIOException().isThrownBy(() -> received.socket().accept()).withMessageContaining("timed out");
        assertThat(Descriptors.isNonBlocking(others)).isTrue();
    }

    @Test
    void aServerSocketGoesAndItsAdaptorIsAServerSocketAgain() throws Exception {
        var server = new ServerSocket(0, 5, LOOPBACK);
        int port = server.getLocalPort();
        var received = opened((ServerSocketChannel) passOn(server)).socket();
        assertThat(server.isClosed()).isTrue();
        assertThat(received.getLocalPort()).isEqualTo(port);
        var client = opened(new Socket(LOOPBACK, port));
        client.getOutputStream().write('a');
        assertThat(opened(received.accept()).getInputStream().read()).isEqualTo('a');
    }

    @Test
    void whoWaitsInAcceptIsToldOfTheClose() throws Exception {
        for (boolean virtual : new boolean[] {false, true}) {
            var channel = listen(StandardProtocolFamily.INET6);
            var socket = new ServerSocket(0, 5, LOOPBACK);
            var accepting = inThread(virtual, channel::accept);
            var acceptingToo = inThread(virtual, socket::accept);
            awaitBlocked(accepting);
            awaitBlocked(acceptingToo);
            opened(passOn(channel));
            opened(passOn(socket));
            assertThatThrownBy(accepting::get).hasCauseInstanceOf(AsynchronousCloseException.class);
            assertThatThrownBy(acceptingToo::get).hasCauseInstanceOf(SocketException.class);
        }
    }

    // ---------------------------------------------------------------- datagrams

    @ParameterizedTest
    @EnumSource(
            value = StandardProtocolFamily.class,
            names = {"INET", "INET6"})
    void aDatagramChannelGoesWithItsQueue(StandardProtocolFamily family) throws Exception {
        var channel = DatagramChannel.open(family).bind(new InetSocketAddress(loopback(family), 0));
        var address = channel.getLocalAddress();
        var peer = opened(DatagramChannel.open(family)).bind(new InetSocketAddress(loopback(family), 0));
        peer.send(bytes("not yet read"), address);

        var received = opened((DatagramChannel) passOn(channel));

        assertThat(channel.isOpen()).isFalse();
        assertThat(received.getLocalAddress()).isEqualTo(address);
        assertThat(received.getRemoteAddress()).isNull();
        assertThat(receive(received, peer.getLocalAddress())).isEqualTo("not yet read");
        received.send(bytes("answer"), peer.getLocalAddress());
        assertThat(receive(peer, address)).isEqualTo("answer");
        var receiving = inPlatformThread(() -> receive(received, peer.getLocalAddress()));
        awaitBlocked(receiving);
        peer.send(bytes("late"), address);
        assertThat(receiving.get()).isEqualTo("late");
        received.configureBlocking(false);
        assertThat(received.receive(ByteBuffer.allocate(1))).isNull();
    }

    @Test
    void aConnectedDatagramChannelStaysConnected() throws Exception {
        var peer = opened(DatagramChannel.open()).bind(new InetSocketAddress(LOOPBACK, 0));
        var stranger = opened(DatagramChannel.open()).bind(new InetSocketAddress(LOOPBACK, 0));
        var channel = DatagramChannel.open().connect(peer.getLocalAddress());
        var address = channel.getLocalAddress();
        peer.send(bytes("not yet read"), address);

        var received = opened((DatagramChannel) passOn(channel));

        assertThat(received.isConnected()).isTrue();
        assertThat(received.getLocalAddress()).isEqualTo(address);
        assertThat(received.getRemoteAddress()).isEqualTo(peer.getLocalAddress());
        assertThat(receive(received, peer.getLocalAddress())).isEqualTo("not yet read");
        received.write(bytes("answer"));
        assertThat(receive(peer, address)).isEqualTo("answer");
        received.disconnect();
        stranger.send(bytes("hello"), received.getLocalAddress());
        assertThat(receive(received, stranger.getLocalAddress())).isEqualTo("hello");
    }

    @Test
    void aDatagramSocketGoesAndItsAdaptorIsADatagramSocketAgain() throws Exception {
        var peer = opened(new DatagramSocket(0, LOOPBACK));
        for (var socket : new DatagramSocket[] {new DatagramSocket(0, LOOPBACK), new MulticastSocket(0)}) {
            int port = socket.getLocalPort();
            var received = opened((DatagramChannel) passOn(socket)).socket();
            assertThat(socket.isClosed()).isTrue();
            assertThat(received.getLocalPort()).isEqualTo(port);
            peer.send(new DatagramPacket(new byte[] {7}, 1, LOOPBACK, port));
            var packet = new DatagramPacket(new byte[1], 1);
            received.receive(packet);
            assertThat(packet.getData()).containsExactly(7);
            assertThat(packet.getPort()).isEqualTo(peer.getLocalPort());
        }
    }

    @Test
    void aDatagramChannelThatASelectorHasGoes() throws Exception {
        var channel = DatagramChannel.open().bind(new InetSocketAddress(LOOPBACK, 0));
        var selector = opened(Selector.open());
        register(selector, channel, SelectionKey.OP_READ);
        selector.selectNow();
        var received = opened((DatagramChannel) passOn(channel));
        var peer = opened(DatagramChannel.open()).bind(new InetSocketAddress(LOOPBACK, 0));
        peer.send(bytes("x"), received.getLocalAddress());
        assertThat(selector.selectNow()).isZero();
        assertThat(receive(received, peer.getLocalAddress())).isEqualTo("x");
    }

    @Test
    void aMemberOfAMulticastGroupStaysOne() throws Exception {
        var group = InetAddress.ofLiteral("239.1.2.3");
        var lo = NetworkInterface.getByInetAddress(LOOPBACK);
        var channel = DatagramChannel.open(StandardProtocolFamily.INET).bind(new InetSocketAddress(0));
        channel.join(group, lo);
        int port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
        var received = opened((DatagramChannel) passOn(channel));
        var peer = opened(DatagramChannel.open(StandardProtocolFamily.INET));
        peer.setOption(StandardSocketOptions.IP_MULTICAST_IF, lo);
        peer.send(bytes("x"), new InetSocketAddress(group, port));
        assertThat(receive(received, peer.getLocalAddress())).isEqualTo("x");
    }

    // ---------------------------------------------------------------- refusals

    @Test
    void whatCannotBeSentIsLeftAsItWas() throws Exception {
        var unconnected = opened(SocketChannel.open());
        var unconnectedSocket = opened(new Socket());
        var unbound = opened(ServerSocketChannel.open());
        var unboundSocket = opened(new ServerSocket());
        var unboundDatagrams = opened(DatagramChannel.open());
        var asynchronous = opened(AsynchronousSocketChannel.open());
        var pipe = Pipe.open();
        opened(pipe.source());
        opened(pipe.sink());
        assertRefused(unconnected, "not connected");
        assertRefused(unconnectedSocket, "not connected");
        assertRefused(unbound, "not bound");
        assertRefused(unboundSocket, "not bound");
        assertRefused(unboundDatagrams, "not bound");
        assertRefused(opened(new DatagramSocket(null)), "not bound");
        assertRefused(asynchronous, "not a socket that can be sent");
        assertRefused(pipe.sink(), "not a socket that can be sent");
        assertThat(unconnected.isOpen() && unbound.isOpen() && asynchronous.isOpen())
                .isTrue();
        assertThat(unconnectedSocket.isClosed() || unboundSocket.isClosed()).isFalse();
    }

    @Test
    void aTlsSocketIsRefused() throws Exception {
        var server = opened(new ServerSocket(0, 5, LOOPBACK));
        var tls = opened(SSLSocketFactory.getDefault().createSocket(LOOPBACK, server.getLocalPort()));
        opened(server.accept());
        assertRefused(tls, "TLS");
    }

    @Test
    void whatIsClosedIsSentNoMore() throws Exception {
        var server = listen(StandardProtocolFamily.INET6);
        var socket = new Socket(LOOPBACK_6, port(server));
        var datagrams = new DatagramSocket(0, LOOPBACK);
        for (var sent : new Closeable[] {server, socket, datagrams}) {
            opened(passOn(sent));
            assertThatThrownBy(() -> JavaSockets.take(sent)).isInstanceOf(ClosedChannelException.class);
        }
    }

    @Test
    void whatJavaHasNoChannelForIsClosed() throws Exception {
        int datagrams = (int) Linux.call(SystemCall.SOCKET, Sockets.AF_UNIX, Sockets.SOCK_DGRAM, 0);
        assertThatIOException().isThrownBy(() -> JavaSockets.open(datagrams)).withMessageContaining("no channel");
        int unconnected = Sockets.unixStream();
        assertThatIOException().isThrownBy(() -> JavaSockets.open(unconnected)).withMessageContaining("getpeername");
    }

    // ---------------------------------------------------------------- steps

    /** Takes a socket, sends it over a Unix-domain connection, and makes a socket of what comes. */
    private static NetworkChannel passOn(Closeable socket) throws IOException {
        var link = Sockets.pair();
        try {
            int taken = JavaSockets.take(socket);
            try {
                Packets.sendDescriptor(link.one(), taken);
            } finally {
                Descriptors.close(taken);
            }
            return JavaSockets.open(Packets.receiveDescriptor(link.other()));
        } finally {
            Descriptors.close(link.one());
            Descriptors.close(link.other());
        }
    }

    private <T extends Closeable> T opened(T resource) {
        opened.push(resource);
        return resource;
    }

    private ServerSocketChannel listen(StandardProtocolFamily family) throws IOException {
        SocketAddress address = family == StandardProtocolFamily.UNIX
                ? UnixDomainSocketAddress.of(directory.resolve("listener-" + System.nanoTime()))
                : new InetSocketAddress(loopback(family), 0);
        return ServerSocketChannel.open(family).bind(address);
    }

    private static InetAddress loopback(ProtocolFamily family) {
        return family == StandardProtocolFamily.INET ? LOOPBACK : LOOPBACK_6;
    }

    private static int port(ServerSocketChannel server) throws IOException {
        return ((InetSocketAddress) server.getLocalAddress()).getPort();
    }

    private static SelectionKey register(Selector selector, SelectableChannel channel, int interest)
            throws IOException {
        channel.configureBlocking(false);
        return channel.register(selector, interest);
    }

    private static void assertRefused(Closeable socket, String why) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JavaSockets.take(socket))
                .withMessageContaining(why);
    }

    private static void assertTalking(SocketChannel one, SocketChannel other) throws IOException {
        one.write(bytes("there"));
        assertThat(read(other, 5)).isEqualTo("there");
        other.write(bytes("back"));
        assertThat(read(one, 4)).isEqualTo("back");
    }

    private static ByteBuffer bytes(String text) {
        return UTF_8.encode(text);
    }

    private static String read(SocketChannel channel, int length) throws IOException {
        var buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining() && channel.read(buffer) >= 0) {}
        return UTF_8.decode(buffer.flip()).toString();
    }

    private static String receive(DatagramChannel channel, SocketAddress sender) throws IOException {
        var buffer = ByteBuffer.allocate(100);
        assertThat(((InetSocketAddress) channel.receive(buffer)).getPort())
                .isEqualTo(((InetSocketAddress) sender).getPort());
        return UTF_8.decode(buffer.flip()).toString();
    }

    private static final class Running<T> extends FutureTask<T> {
        private Thread thread;

        Running(Callable<T> task) {
            super(task);
        }
    }

    private static <T> Running<T> inThread(boolean virtual, Callable<T> task) {
        var running = new Running<>(task);
        running.thread = (virtual ? Thread.ofVirtual() : Thread.ofPlatform().daemon()).start(running);
        return running;
    }

    private static <T> Running<T> inPlatformThread(Callable<T> task) {
        return inThread(false, task);
    }

    /** Until the thread is in the system call that it will wait in, or parked for it. */
    private static void awaitBlocked(Running<?> running) throws Exception {
        while (!running.isDone() && !isBlocked(running.thread)) {
            Thread.onSpinWait();
        }
    }

    private static boolean isBlocked(Thread thread) {
        var stack = List.of(thread.getStackTrace());
        if (thread.isVirtual()) {
            return thread.getState() == Thread.State.WAITING && stack.toString().contains("sun.nio.ch.Poller");
        }
        return !stack.isEmpty()
                && stack.getFirst().isNativeMethod()
                && WAITS.contains(stack.getFirst().getMethodName());
    }
}
