package io.netcluster.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who comes to a stand-in waits, as at the socket it stands for, and nothing is said to have been written. */
final class StandInTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void thereIsNothingToReadAndNobodyToWriteTo(boolean nonBlocking) throws Exception {
        try (var standIn = StandIn.connected(nonBlocking)) {
            var buffer = ByteBuffer.allocateDirect(1);
            assertThat(new PacketReader(standIn.fd()).readNow(buffer, Descriptors::close))
                    .isZero();
            assertThatThrownBy(() -> new PacketWriter(standIn.fd()).write(buffer))
                    .hasMessageContaining("EPIPE");
            assertThat(Descriptors.isNonBlocking(standIn.fd())).isEqualTo(nonBlocking);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void thereIsStillNothingToReadWhenSocketsHaveBeenClosedInItsPlace(boolean nonBlocking) throws Exception {
        try (var server = new ServerSocket(0, 5, LOOPBACK);
                var selector = Selector.open()) {
            var channel = SocketChannel.open(server.getLocalSocketAddress());
            channel.configureBlocking(!nonBlocking);
            if (nonBlocking) {
                channel.register(selector, SelectionKey.OP_READ);
            }
            Descriptors.close(JavaSockets.take(channel));
            Descriptors.close(JavaSockets.take(new Socket(LOOPBACK, server.getLocalPort())));
            try (var standIn = StandIn.connected(nonBlocking)) {
                assertThat(new PacketReader(standIn.fd()).readNow(ByteBuffer.allocateDirect(1), Descriptors::close))
                        .isZero();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void thereIsNobodyToAccept(boolean nonBlocking) throws Exception {
        try (var standIn = StandIn.listening(nonBlocking)) {
            assertThat(Descriptors.isNonBlocking(standIn.fd())).isEqualTo(nonBlocking);
            Descriptors.setNonBlocking(standIn.fd());
            assertThat(Linux.call(SystemCall.ACCEPT4, standIn.fd(), 0, 0)).isEqualTo(-Errno.EAGAIN.number());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void thereIsNoDatagram(boolean nonBlocking) throws Exception {
        int fd = JavaSockets.take(new DatagramSocket(0, LOOPBACK));
        try (var standIn = StandIn.datagrams(fd, nonBlocking)) {
            assertThat(new PacketReader(standIn.fd()).readNow(ByteBuffer.allocateDirect(1), Descriptors::close))
                    .isZero();
            assertThat(Descriptors.isNonBlocking(standIn.fd())).isEqualTo(nonBlocking);
        } finally {
            Descriptors.close(fd);
        }
    }
}
