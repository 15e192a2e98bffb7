package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.netcluster.LeaseOptions;
import io.netcluster.PortLease;
import io.netcluster.it.programs.CrowdedPortRange;
import io.netcluster.it.programs.TakesLeases;
import io.netcluster.it.programs.TinyPortRange;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelHandlerAdapter;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds of a leased port, and what does not, by the kernel's own word. */
final class LeaseTest {
    private static final LeaseOptions DEFAULTS = LeaseOptions.defaults();

    /** Servers as they are, with the options that they set by themselves. */
    private enum Server {
        SOCKET {
            @Override
            AutoCloseable listen(InetSocketAddress address) throws IOException {
                return new ServerSocket(address.getPort(), 0, address.getAddress());
            }
        },
        CHANNEL {
            @Override
            AutoCloseable listen(InetSocketAddress address) throws IOException {
                return ServerSocketChannel.open().bind(address);
            }
        },
        ASYNCHRONOUS {
            @Override
            AutoCloseable listen(InetSocketAddress address) throws IOException {
                return AsynchronousServerSocketChannel.open().bind(address);
            }
        },
        HTTP {
            @Override
            AutoCloseable listen(InetSocketAddress address) throws IOException {
                var server = HttpServer.create(address, 0);
                server.start();
                return () -> server.stop(0);
            }
        },
        NETTY_NIO {
            @Override
            AutoCloseable listen(InetSocketAddress address) throws Exception {
                return netty(NioIoHandler.newFactory(), NioServerSocketChannel.class, address);
            }
        },
        NETTY_EPOLL {
            @Override
            AutoCloseable listen(InetSocketAddress address) throws Exception {
                return netty(EpollIoHandler.newFactory(), EpollServerSocketChannel.class, address);
            }
        },
        NETTY_IO_URING {
            @Override
            AutoCloseable listen(InetSocketAddress address) throws Exception {
                return netty(IoUringIoHandler.newFactory(), IoUringServerSocketChannel.class, address);
            }
        };

        abstract AutoCloseable listen(InetSocketAddress address) throws Exception;

        private static AutoCloseable netty(
                IoHandlerFactory transport, Class<? extends ServerChannel> type, InetSocketAddress address)
                throws Exception {
            var group = new MultiThreadIoEventLoopGroup(1, transport);
            var server = new ServerBootstrap().group(group).channel(type).childHandler(new ChannelHandlerAdapter() {});
            var bound = server.bind(address).syncUninterruptibly().channel();
            return () -> {
                bound.close().sync();
                group.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
            };
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyServerOfTheJvmBindsALeasedPortAtOnceAndAgainWhenItIsRestarted(Server server) throws Exception {
        try (var lease = PortLease.take()) {
            for (var host : List.of("127.0.0.1", "0.0.0.0", "::1", "::")) {
                var address = new InetSocketAddress(host, lease.port());
                try (var _ = server.listen(address)) {
                    new Socket(address.getAddress(), lease.port()).close();
                    assertThatThrownBy(() -> new ServerSocket(lease.port(), 0, address.getAddress()))
                            .as("another, while it listens")
                            .isInstanceOf(BindException.class);
                }
                Running.await(
                        "closed, which selectors do later",
                        _ -> KernelSockets.on(lease.port()).isEmpty());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "0.0.0.0", "::1", "::"})
    void aProgramThatDoesNotReuseAddressesGetsALeasedPortOnlyAfterwards(String host) throws Exception {
        var address = InetAddress.getByName(host);
        var lease = PortLease.take();
        try (var server = new ServerSocket()) {
            server.setReuseAddress(false);
            var leased = new InetSocketAddress(address, lease.port());
            assertThatThrownBy(() -> server.bind(leased))
                    .isInstanceOf(BindException.class)
                    .hasMessageStartingWith("Address already in use");
            lease.close();
            lease.close();
            server.bind(leased);
        }
    }

    /** Which is the hole that is left: see docs/ports.md. */
    @Test
    void aStrangerWhoReusesThatVeryAddressHasIt() throws Exception {
        try (var lease = PortLease.take();
                var _ = new ServerSocket(lease.port())) {
            assertThatThrownBy(() -> new ServerSocket(lease.port())).isInstanceOf(BindException.class);
        }
    }

    @Test
    void nobodyElseLeasesALeasedPort() throws Exception {
        try (var lease = PortLease.take()) {
            assertThatThrownBy(() -> PortLease.take(DEFAULTS.range(lease.port(), lease.port())))
                    .isInstanceOf(BindException.class)
                    .hasMessage("no port of %1$d-%1$d is free for TCP: tried 1", lease.port());
            try (var _ = new ServerSocket(lease.port())) {
                assertThatThrownBy(() -> PortLease.take(DEFAULTS.range(lease.port(), lease.port())))
                        .as("while its server listens")
                        .isInstanceOf(BindException.class);
            }
            lease.close();
            PortLease.take(DEFAULTS.range(lease.port(), lease.port())).close();
        }
    }

    /** In a network namespace where the kernel has 6 ports to give, two of them reserved. */
    @Test
    void theKernelGivesALeasedPortToNobody() throws Exception {
        try (var program = Running.start(
                OwnNetwork.commandWithPorts(
                        "50000 50005",
                        List.of("50002-50003"),
                        Running.JAVA,
                        "-cp",
                        Running.classPath(),
                        TinyPortRange.class.getName()),
                Map.of())) {
            assertThat(program.awaitExit())
                    .as(String.join("\n", program.lines()))
                    .isZero();

            var inUse = "Address already in use";
            assertThat(program.lines()).startsWith("leased [50000, 50001, 50004, 50005]", "one more: " + inUse);
            for (var address : List.of("127.0.0.1", "0.0.0.0", "::1", "::")) {
                assertThat(program.lines("^tcp port 0 on " + address + ": "))
                        .hasSize(4) // with and without SO_REUSEADDR and SO_REUSEPORT
                        .containsOnly("tcp port 0 on " + address + ": " + inUse);
                assertThat(program.lines("^udp port 0 on " + address + ": "))
                        .as("a TCP port is none of UDP's")
                        .containsOnly("udp port 0 on " + address + ": true");
            }
            assertThat(program.lines())
                    .contains(
                            "connect: Cannot assign requested address",
                            "udp lease is outside: true",
                            "one let go: true",
                            "two in a row: no 2 consecutive ports are free for TCP: tried 102",
                            "two of four: no 2 consecutive ports of 50003-50005 are free for TCP: tried 2",
                            "for udp: no port of 50004-50004 is free for TCP and UDP: tried 1",
                            "reserved, by its number: 50002",
                            "by 16 at once: 20 leases of 20 ports, 44 refused");
        }
    }

    /** As on a machine that has as many connections: every other port is somebody's. */
    @Test
    void twoInARowAreFoundWhereThereAreNoOthers() throws Exception {
        try (var program = Running.start(
                OwnNetwork.commandWithPorts(
                        "50000 53999",
                        Running.JAVA,
                        "-cp",
                        Running.classPath(),
                        CrowdedPortRange.class.getName(),
                        "50000",
                        "53999",
                        "51234"),
                Map.of())) {
            assertThat(program.awaitExit())
                    .as(String.join("\n", program.lines()))
                    .isZero();
            assertThat(program.lines()).containsAnyOf("leased [51233, 51234]", "leased [51234, 51235]");
        }
    }

    @ParameterizedTest
    @CsvSource({"1, false", "3, false", "3, true", "20, true"})
    void consecutivePortsAreLeasedAllOrNone(int count, boolean udp) throws Exception {
        var options = udp ? DEFAULTS.count(count).udp() : DEFAULTS.count(count);
        try (var lease = PortLease.take(options)) {
            assertThat(lease.ports())
                    .containsExactlyElementsOf(IntStream.range(lease.port(), lease.port() + count)
                            .boxed()
                            .toList());
            for (int port : lease.ports()) {
                new ServerSocket(port).close();
                if (udp) {
                    new DatagramSocket(port).close();
                }
            }

            long before = Running.descriptors(ProcessHandle.current().pid());
            assertThatThrownBy(() -> PortLease.take(options.range(lease.port(), lease.port() + count - 1)))
                    .isInstanceOf(BindException.class);
            assertThat(Running.descriptors(ProcessHandle.current().pid())).isEqualTo(before);
        }
    }

    @Test
    void aPortThatIsTakenForUdpIsNotLeasedForIt() throws Exception {
        int port;
        try (var lease = PortLease.take(DEFAULTS.udp())) {
            port = lease.port();
            try (var _ = new DatagramSocket(port)) {
                lease.close();
                assertThatThrownBy(() -> PortLease.take(DEFAULTS.udp().range(port, port)))
                        .isInstanceOf(BindException.class)
                        .hasRootCauseMessage("Address already in use, for UDP");
                PortLease.take(DEFAULTS.range(port, port)).close();
            }
        }
    }

    /** Where the kernel gives ports to everybody, a lease must hold a UDP socket, which gets none of the datagrams. */
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1", "0.0.0.0", "::"})
    void datagramsReachTheServerOfALeasedPortAndNobodyElse(String host) throws Exception {
        try (var lease = PortLease.take(DEFAULTS.udp().range(33_000, 60_000));
                var plain = DatagramChannel.open();
                var server = DatagramChannel.open()) {
            var address = new InetSocketAddress(host, lease.port());
            assertThatThrownBy(() -> plain.bind(address)).isInstanceOf(BindException.class);
            server.setOption(StandardSocketOptions.SO_REUSEADDR, true).bind(address);
            server.configureBlocking(false);

            var bound = address.getAddress();
            var targets = NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(each -> bound.isAnyLocalAddress()
                            ? bound instanceof Inet6Address || each instanceof Inet4Address
                            : each.equals(bound))
                    .toList();
            assertThat(targets).isNotEmpty();
            for (var target : targets) {
                for (int i = 0; i < 100; i++) { // each from another port, on which the kernel's choice depends
                    try (var client = new DatagramSocket()) {
                        client.send(new DatagramPacket(new byte[1], 1, target, lease.port()));
                    }
                    assertThat(server.receive(ByteBuffer.allocate(1)))
                            .as("datagram %d to %s", i, target)
                            .isNotNull();
                }
            }
        }
    }

    /** Why docs/ports.md wants ranges for UDP to lie elsewhere: of such sockets on [::], the earliest has them all. */
    @Test
    void aUdpServerThatSetsReusePortTooGetsNothingWhereTheKernelGivesPortsToEverybody() throws Exception {
        try (var lease = PortLease.take(DEFAULTS.udp().range(33_000, 60_000));
                var server = DatagramChannel.open();
                var client = new DatagramSocket()) {
            server.setOption(StandardSocketOptions.SO_REUSEADDR, true)
                    .setOption(StandardSocketOptions.SO_REUSEPORT, true)
                    .bind(new InetSocketAddress("::", lease.port()))
                    .configureBlocking(false);
            var datagram = new DatagramPacket(new byte[1], 1, InetAddress.getLoopbackAddress(), lease.port());

            client.send(datagram);
            assertThat(server.receive(ByteBuffer.allocate(1))).isNull();

            lease.close();
            client.send(datagram);
            assertThat(server.receive(ByteBuffer.allocate(1))).isNotNull();
        }
    }

    /** Its binds are none of the primary's business. */
    @Test
    void workersTakeLeasesLikeAnybodyElse() throws Exception {
        try (var cluster = Running.cluster(Running.program(TakesLeases.class))) {
            var leased = cluster.await("^\\[(\\d)] leased (.*)", 2);
            assertThat(leased).extracting(line -> line.group(1)).containsExactlyInAnyOrder("1", "2");
            assertThat(leased.get(0).group(2)).isNotEqualTo(leased.get(1).group(2));
            assertThat(cluster.awaitListening(2))
                    .extracting(Running.Listening::port)
                    .doesNotHaveDuplicates();
            assertThat(cluster.lines("listens on")).hasSize(2);
            assertThat(cluster.stop()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0 | 1000  | 2000  | a lease has from 1 to 65535 ports, not 0
            3 | 1000  | 1001  | there are no 3 ports in 1000-1001
            1 | 2000  | 1000  | 2000-1000 is no range of ports from 1 to 65535
            1 | 60000 | 70000 | 60000-70000 is no range of ports from 1 to 65535
            """)
    void whatCannotBeIsRefused(int count, int first, int last, String sentence) {
        assertThatThrownBy(() -> DEFAULTS.count(count).range(first, last))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(sentence);
    }
}
