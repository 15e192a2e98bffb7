package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a program sets on its socket before bind is in force afterwards, in every worker. */
final class OptionsTest {
    @Test
    void theReceiveBufferIsTheOneThatWasSetInBothWorkers() throws Exception {
        int port = FreePort.any();
        String alone;
        try (var puppet = Puppets.start(1, "--own", "1-65535")) {
            puppet.done(1, "open a rcvbuf 127.0.0.1 " + port);
            alone = puppet.done(1, "rcvbuf a");
        }
        try (var puppets = Puppets.start(2)) {
            puppets.done(1, "open a rcvbuf 127.0.0.1 " + port);
            puppets.done(2, "open a rcvbuf 127.0.0.1 " + port);
            assertThat(puppets.done(1, "rcvbuf a")).isEqualTo(alone);
            assertThat(puppets.done(2, "rcvbuf a")).isEqualTo(alone);
        }
    }

    @Test
    void theBacklogIsTheLargestAndNoWorkersListenLowersIt() throws Exception {
        int port = FreePort.any();
        var largest =
                Files.readAllLines(Path.of("/proc/sys/net/core/somaxconn")).getFirst();
        try (var puppets = Puppets.start(2)) {
            for (var style : List.of("socket", "channel", "selector", "async")) {
                puppets.done(1, "open a " + style + " 127.0.0.1 " + port);
                assertThat(backlog(port)).as(style).isEqualTo(largest);
                puppets.done(2, "open a " + style + " 127.0.0.1 " + port);
                assertThat(backlog(port)).as(style).isEqualTo(largest);
                puppets.done(1, "close a");
                puppets.done(2, "close a");
                Running.await("closed", _ -> backlog(port).isEmpty());
            }
        }
    }

    @Test
    void anIpv4StackSharesIpv4Sockets() throws Exception {
        int port = FreePort.any();
        try (var puppets = Puppets.start(List.of(), Map.of(), List.of("-Djava.net.preferIPv4Stack=true"), 2)) {
            for (int slot = 1; slot <= 2; slot++) {
                puppets.done(slot, "open a socket * " + port);
                puppets.done(slot, "udp b channel " + port);
            }
            assertThat(Files.readString(Path.of("/proc/net/tcp"))).contains(String.format(" 00000000:%04X ", port));
            assertThat(new Ledger(port).connect(200, 16).bySlot()).containsOnlyKeys(1, 2);
        }
    }

    @Test
    void theWildcardServesIpv4AndIpv6() throws Exception {
        int port = FreePort.any();
        try (var puppets = Puppets.start(2)) {
            puppets.done(1, "open a channel * " + port);
            puppets.done(2, "open a socket * " + port);
            for (var host : List.of("127.0.0.1", "::1")) {
                var ledger = new Ledger(new InetSocketAddress(host, port)).connect(200, 16);
                assertThat(ledger.lost()).isEmpty();
                assertThat(ledger.bySlot()).containsOnlyKeys(1, 2);
            }
        }
    }

    @Test
    void anIpv6AddressIsShared() throws Exception {
        int port = FreePort.any();
        try (var puppets = Puppets.start(2)) {
            puppets.done(1, "open a socket ::1 " + port);
            puppets.done(2, "open a async ::1 " + port);
            var ledger = new Ledger(new InetSocketAddress("::1", port)).connect(200, 16);
            assertThat(ledger.lost()).isEmpty();
            assertThat(ledger.bySlot()).containsOnlyKeys(1, 2);
        }
    }

    /** The Send-Q of a listening socket is its backlog (ss(8)); nothing if nobody listens. */
    private static String backlog(int port) {
        try {
            var ss = new ProcessBuilder("ss", "-Hltn", "sport = :" + port).start();
            var line = new String(ss.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).trim();
            return line.isEmpty() ? "" : line.split("\\s+")[2];
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
