package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A listener that is closed is closed for that worker alone, until the last one closes it. */
final class ClosingTest {
    @ParameterizedTest
    @ValueSource(strings = {"socket", "channel", "selector", "async"})
    void aWorkerThatClosesGetsNoMoreAndTheLastOneFreesThePort(String style) throws Exception {
        int port = FreePort.any();
        try (var puppets = Puppets.start(2)) {
            puppets.done(1, "open a " + style + " 127.0.0.1 " + port);
            puppets.done(2, "open a " + style + " 127.0.0.1 " + port);

            puppets.done(1, "close a");
            Running.await("a selector lets go of its key when it looks next", _ -> closedIn(puppets, 1, port));
            var ledger = new Ledger(port).connect(200, 16);
            assertThat(ledger.lost()).isEmpty();
            assertThat(ledger.bySlot()).containsOnlyKeys(2);

            puppets.done(2, "close a");
            if (style.equals("selector")) {
                Running.await("a selector lets go of its key when it looks next", _ -> Ledger.isRefused(port));
            }
            assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port))
                    .isInstanceOf(ConnectException.class);
            try (var stranger = new ServerSocket(port, 50, InetAddress.getLoopbackAddress())) {
                assertThat(stranger.getLocalPort()).isEqualTo(port);
            }

            puppets.done(1, "open a " + style + " 127.0.0.1 " + port);
            assertThat(new Ledger(port).connect(20, 4).bySlot()).containsOnlyKeys(1);
        }
    }

    private static boolean closedIn(Puppets puppets, int slot, int port) {
        return KernelSockets.on(port).stream().noneMatch(socket -> KernelSockets.has(puppets.pid(slot), socket));
    }

    @Test
    void aListenerThatIsForgottenIsClosedByTheGarbageCollector() throws Exception {
        int port = FreePort.any();
        try (var puppets = Puppets.start(2)) {
            puppets.done(1, "forget 127.0.0.1 " + port);
            assertThat(KernelSockets.on(port)).hasSize(1);
            Running.await("collected", _ -> {
                try {
                    puppets.done(1, "gc");
                    return KernelSockets.on(port).isEmpty();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    @Test
    void bindingAndClosingTenThousandTimesLeavesNothingBehind() throws Exception {
        int shared = FreePort.any();
        try (var puppets = Puppets.start(2)) {
            // a first round, so that everything that is opened once is open
            puppets.done(1, "cycle 30 127.0.0.1 " + shared);
            puppets.done(2, "open a socket 127.0.0.1 " + shared);
            puppets.done(1, "cycle 30 127.0.0.1 " + shared);
            puppets.done(1, "cycle 30 127.0.0.1 0");
            long worker = Running.descriptors(puppets.pid(1));
            long primary = Running.descriptors(puppets.running().pid());

            puppets.done(1, "cycle 2000 127.0.0.1 " + shared); // joins, as worker 2 has it
            puppets.done(2, "close a");
            puppets.done(1, "cycle 4000 127.0.0.1 " + shared); // alone
            puppets.done(1, "cycle 4000 127.0.0.1 0");

            assertThat(Running.descriptors(puppets.pid(1))).isLessThanOrEqualTo(worker + 1); // our connection to it
            assertThat(Running.descriptors(puppets.running().pid())).isLessThan(primary);
            assertThat(Ledger.isRefused(shared)).isTrue();
            assertThat(puppets.running().lines("listens on"))
                    .as("of probes nothing is said")
                    .hasSize(3);
        }
    }
}
