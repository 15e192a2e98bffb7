package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.programs.NettyPeer;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Netty's native sockets that are no servers for streams. */
final class NettyPeerTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    @Test
    void aClientThatBindsALocalPortHasItToItself() throws Exception {
        int local = FreePort.any();
        int next = FreePort.any();
        try (var server = new ServerSocket(0, 50, LOOPBACK)) {
            server.setSoTimeout((int) Running.PATIENCE.toMillis());
            var program =
                    Running.program(NettyTest.OPTIONS, NettyPeer.class, "client", local, next, server.getLocalPort());
            try (var cluster = Running.cluster(Running.join(new String[] {"-n", "1"}, program))) {
                for (int port : new int[] {local, next}) {
                    try (var accepted = server.accept()) {
                        assertThat(accepted.getPort()).isEqualTo(port);
                        cluster.await("^\\[1\\] connected from " + port + "$");
                    }
                }
                assertThat(KernelSockets.on(local)).as("listening").isEmpty();
                assertThat(KernelSockets.on(next)).as("listening").isEmpty();
                assertThat(cluster.lines("listens on")).isEmpty();
            }
        }
    }

    @Test
    void twoWorkersShareAPortForDatagrams() throws Exception {
        int port = FreePort.any();
        try (var cluster = Running.cluster(Running.program(NettyTest.OPTIONS, NettyPeer.class, "datagrams", port));
                var socket = new DatagramSocket(0, LOOPBACK)) {
            cluster.awaitListening(2);
            socket.setSoTimeout((int) Running.PATIENCE.toMillis());
            var ledger = new Ledger(line -> {
                var bytes = line.getBytes(StandardCharsets.US_ASCII);
                socket.send(new DatagramPacket(bytes, bytes.length, LOOPBACK, port));
                var answer = new DatagramPacket(new byte[100], 100);
                socket.receive(answer);
                return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.US_ASCII).strip();
            });

            assertThat(ledger.connect(200, 1).lost()).isEmpty();
            assertThat(ledger.served()).isEqualTo(200);
        }
    }
}
