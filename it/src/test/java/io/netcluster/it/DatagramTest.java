package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A UDP port is shared: each datagram reaches one worker. */
final class DatagramTest {
    @ParameterizedTest
    @ValueSource(strings = {"channel", "socket"})
    void twoWorkersServeOnePortAndADeathLosesNothingThatWaits(String style) throws Exception {
        int port = FreePort.any();
        try (var puppets = Puppets.start(2)) {
            puppets.done(1, "udp a " + style + " " + port);
            puppets.done(2, "udp a " + style + " " + port);
            assertThat(slotsThatAnswer(port)).containsExactly(1, 2);
            assertThat(puppets.tell(1, "udp b " + style + " " + port))
                    .isEqualTo("failed java.net.BindException: Address already in use");

            puppets.done(1, "close a");
            assertThat(slotsThatAnswer(port)).containsExactly(2);
            puppets.done(2, "close a");
            try (var stranger = new DatagramSocket(port, InetAddress.getLoopbackAddress())) {
                assertThat(stranger.getLocalPort()).isEqualTo(port);
            }
        }
    }

    @Test
    void aSocketThatLetsOthersReuseItsAddressIsBoundAsEver() throws Exception {
        int port = FreePort.any();
        try (var puppets = Puppets.start(2)) {
            puppets.done(1, "udp a multicast " + port);
            puppets.done(2, "udp a multicast " + port);
            puppets.done(2, "udp b multicast " + port);

            assertThat(KernelSockets.datagram(port))
                    .as("sockets of their own, none of them the primary's")
                    .hasSize(3);
            assertThat(KernelSockets.datagram(port))
                    .noneMatch(socket -> KernelSockets.has(puppets.running().pid(), socket));
        }
    }

    private static Set<Integer> slotsThatAnswer(int port) throws Exception {
        var slots = new TreeSet<Integer>();
        for (int round = 0; round < 40; round++) {
            try (var socket = new DatagramSocket()) {
                socket.setSoTimeout(20_000);
                for (int i = 0; i < 10; i++) {
                    var line = ("line" + i).getBytes(StandardCharsets.US_ASCII);
                    socket.send(new DatagramPacket(line, line.length, InetAddress.getLoopbackAddress(), port));
                }
                var lines = new TreeSet<String>();
                for (int i = 0; i < 10; i++) {
                    var packet = new DatagramPacket(new byte[100], 100);
                    socket.receive(packet);
                    var words = new String(packet.getData(), 0, packet.getLength(), StandardCharsets.US_ASCII)
                            .trim()
                            .split(" ");
                    slots.add(Integer.parseInt(words[0]));
                    lines.add(words[2]);
                }
                assertThat(lines).as("each datagram was answered once").hasSize(10);
            }
        }
        return slots;
    }
}
