package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the kernel refuses is refused to the worker that asked, in the JDK's own words, and nobody else notices. */
final class BindErrorsTest {
    private static final String IN_USE = "failed java.net.BindException: Address already in use";

    @ParameterizedTest
    @ValueSource(strings = {"socket", "channel", "selector", "async"})
    void aStrangersPortIsInUseAndCanBeHadWhenHeHasGone(String style) throws Exception {
        try (var puppets = Puppets.start(2)) {
            int port;
            try (var stranger = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
                port = stranger.getLocalPort();
                assertThat(puppets.tell(1, "open a " + style + " 127.0.0.1 " + port))
                        .isEqualTo(IN_USE);
                assertThat(puppets.tell(2, "open a " + style + " 127.0.0.1 " + port))
                        .isEqualTo(IN_USE);
            }
            puppets.done(1, "open a " + style + " 127.0.0.1 " + port);
            puppets.done(2, "open a " + style + " 127.0.0.1 " + port);
            assertThat(new Ledger(port).connect(200, 16).bySlot()).containsOnlyKeys(1, 2);
        }
    }

    @Test
    void aPortBelow1024IsRefusedWithoutPrivilege() throws Exception {
        var unprivileged = List.of("setpriv", "--bounding-set", "-net_bind_service");
        try (var puppets = Puppets.start(unprivileged, Map.of(), List.of(), 2)) {
            assertThat(puppets.tell(1, "open a socket 127.0.0.1 81"))
                    .isEqualTo("failed java.net.BindException: Permission denied");
            assertThat(puppets.tell(1, "open a channel 127.0.0.1 81"))
                    .isEqualTo("failed java.net.BindException: Permission denied");
            assertThat(puppets.done(2, "open a socket 127.0.0.1 " + FreePort.any()))
                    .isNotEmpty();
        }
    }

    @Test
    void anAddressOfAnotherHostCannotBeAssigned() throws Exception {
        try (var puppets = Puppets.start(2)) {
            assertThat(puppets.tell(1, "open a socket 192.0.2.1 8080"))
                    .isEqualTo("failed java.net.BindException: Cannot assign requested address");
            assertThat(puppets.done(2, "open a socket 127.0.0.1 " + FreePort.any()))
                    .isNotEmpty();
        }
    }

    @Test
    void theSameWorkerCannotHaveAnAddressTwiceAndKeepsTheFirst() throws Exception {
        try (var puppets = Puppets.start(2)) {
            int port = FreePort.any();
            puppets.done(1, "open a socket 127.0.0.1 " + port);
            puppets.done(2, "open a socket 127.0.0.1 " + port);

            assertThat(puppets.tell(1, "open b channel 127.0.0.1 " + port)).isEqualTo(IN_USE);

            var ledger = new Ledger(port).connect(200, 16);
            assertThat(ledger.lost()).isEmpty();
            assertThat(ledger.bySlot()).containsOnlyKeys(1, 2);
        }
    }

    /** Two binds in two workers answer as two binds in one process without a cluster do. */
    @Test
    void whatConflictsIsUpToTheKernel() throws Exception {
        var pairs = List.of(
                List.of("channel *", "channel 127.0.0.1"),
                List.of("channel 127.0.0.1", "channel *"),
                List.of("channel 127.0.0.1", "channel 127.0.0.2"),
                List.of("channel ::1", "channel 127.0.0.1"),
                List.of("inet 0.0.0.0", "channel *"),
                List.of("inet 127.0.0.1", "channel ::1"),
                List.of("channel ::1", "inet 0.0.0.0"),
                List.of("channel 127.0.0.1", "inet 127.0.0.1"));
        try (var alone = Puppets.start(1, "--own", "1-65535");
                var puppets = Puppets.start(2)) {
            for (var pair : pairs) {
                var expected = twoBinds(alone, 1, pair);
                assertThat(twoBinds(puppets, 2, pair)).as(pair.toString()).isEqualTo(expected);
            }
        }
    }

    private static String twoBinds(Puppets puppets, int second, List<String> pair) throws Exception {
        int port = FreePort.any();
        var name = "-" + port;
        puppets.done(1, "open a" + name + " " + pair.getFirst() + " " + port);
        return puppets.tell(second, "open b" + name + " " + pair.getLast() + " " + port)
                .replace(String.valueOf(port), "bound");
    }
}
