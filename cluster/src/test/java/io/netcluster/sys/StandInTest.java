package io.netcluster.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.Closeable;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who comes to a stand-in waits, as at the socket it stands for, and nothing is said to have been written. */
final class StandInTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void thereIsNothingToReadAndNobodyToWriteTo(boolean nonBlocking) throws Exception {
        try (var server = new ServerSocket(0, 5, LOOPBACK);
                var client = new Socket(LOOPBACK, server.getLocalPort());
                var standIn = standIn(server.accept(), nonBlocking)) {
            assertThat(client.isConnected()).isTrue();
            var buffer = ByteBuffer.allocateDirect(1);
            assertThat(new PacketReader(standIn.fd()).readNow(buffer, Descriptors::close))
                    .isZero();
            assertThatThrownBy(() -> new PacketWriter(standIn.fd()).write(buffer, PacketWriter.NONE))
                    .hasMessageContaining("EPIPE");
            assertThat(Descriptors.isNonBlocking(standIn.fd())).isEqualTo(nonBlocking);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void thereIsNobodyToAccept(boolean nonBlocking) throws Exception {
        try (var standIn = standIn(new ServerSocket(0, 5, LOOPBACK), nonBlocking)) {
            assertThat(Descriptors.isNonBlocking(standIn.fd())).isEqualTo(nonBlocking);
            Descriptors.setNonBlocking(standIn.fd());
            assertThat(Linux.call(SystemCall.ACCEPT4, standIn.fd(), 0, 0)).isEqualTo(-Errno.EAGAIN.number());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void thereIsNoDatagram(boolean nonBlocking) throws Exception {
        try (var standIn = standIn(new DatagramSocket(0, LOOPBACK), nonBlocking)) {
            assertThat(new PacketReader(standIn.fd()).readNow(ByteBuffer.allocateDirect(1), Descriptors::close))
                    .isZero();
            assertThat(Descriptors.isNonBlocking(standIn.fd())).isEqualTo(nonBlocking);
        }
    }

    private static StandIn standIn(Closeable socket, boolean nonBlocking) throws Exception {
        int fd = JavaSockets.take(socket);
        try {
            if (nonBlocking) {
                Descriptors.setNonBlocking(fd);
            }
            return StandIn.of(fd);
        } finally {
            Descriptors.close(fd);
        }
    }
}
