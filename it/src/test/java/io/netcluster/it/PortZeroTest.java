package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** {@code listen(0)} gives every caller a port of its own, whichever way it asks, and the primary knows of it. */
final class PortZeroTest {
    @Test
    void twoModulesOfOneWorkerGetTwoPortsWhicheverWayTheyAsk() throws Exception {
        try (var puppets = Puppets.start(2)) {
            Set<Integer> ports = new HashSet<>();
            for (int slot = 1; slot <= 2; slot++) {
                for (var style : new String[] {"socket", "channel", "selector", "async"}) {
                    for (var host : new String[] {"127.0.0.1", "*"}) {
                        ports.add(Integer.parseInt(
                                puppets.done(slot, "open " + style + host + " " + style + " " + host + " 0")));
                    }
                }
            }

            assertThat(ports).hasSize(16);
            for (int port : ports) {
                assertThat(new Ledger(port).connect(4, 2).lost()).isEmpty();
            }
        }
    }

    @Test
    void thePrimaryKnowsThemAndSaysWhichWorkerListensWhere() throws Exception {
        try (var puppets = Puppets.start(1)) {
            var port = puppets.done(1, "open a channel 127.0.0.1 0");

            var said = puppets.running().await("netcluster: worker 1 .* listens on 127.0.0.1:" + port + " \\((.*)\\)");
            assertThat(said.group(1)).isEqualTo("its own");
        }
    }

    @Test
    void aPortThatAnotherWorkerGotFromZeroIsInUse() throws Exception {
        try (var puppets = Puppets.start(2)) {
            var port = puppets.done(1, "open a socket 127.0.0.1 0");

            assertThat(puppets.tell(2, "open b socket 127.0.0.1 " + port))
                    .isEqualTo("failed java.net.BindException: Address already in use");
            assertThat(new Ledger(Integer.parseInt(port)).connect(20, 4).bySlot())
                    .containsOnlyKeys(1);
        }
    }

    @Test
    void aClientThatChoosesItsLocalPortIsLeftAlone() throws Exception {
        int local = FreePort.any();
        try (var puppets = Puppets.start(2)) {
            var port = puppets.done(1, "open a socket 127.0.0.1 0");

            assertThat(puppets.done(2, "client " + local + " " + port))
                    .startsWith("1 ")
                    .endsWith(" hello");
            assertThat(puppets.running().lines("listens on .*:" + local)).isEmpty();
        }
    }
}
