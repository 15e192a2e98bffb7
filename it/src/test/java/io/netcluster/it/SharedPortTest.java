package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.programs.LineServer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two workers that bind the same address share it, whichever way the program accepts. */
final class SharedPortTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "socket",
                "socket-timeout",
                "socket-virtual",
                "channel",
                "channel-virtual",
                "adaptor",
                "selector",
                "selector-first",
                "async"
            })
    void twoWorkersServeOnePort(String style) throws Exception {
        int port = FreePort.any();
        try (var cluster = Running.cluster(Running.program(LineServer.class, style, "127.0.0.1", port))) {
            assertThat(cluster.awaitListening(2))
                    .extracting(Running.Listening::port)
                    .containsOnly(port);

            var ledger = new Ledger(port).connect(400, 16);

            assertThat(ledger.lost()).isEmpty();
            assertThat(ledger.served()).isEqualTo(400);
            assertThat(ledger.bySlot()).containsOnlyKeys(1, 2);
            assertThat(cluster.stop()).isZero();
            assertThat(cluster.lines("^(! )?\\[")).as("what workers printed").isEmpty();
        }
    }
}
