package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.LeaseOptions;
import io.netcluster.PortLease;
import io.netcluster.it.programs.NettyServer;
import io.netcluster.it.programs.Puppet;
import java.io.IOException;
import java.net.BindException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Port 0 is unique, sticky, shared by name or Node's, for all, for some or for one call; and in a range. */
final class PortPoliciesTest {
    private static final String IN_USE = "failed java.net.BindException: Address already in use";

    /** Each with a control port of its own, whatever the meaning is of all others. */
    private static Puppets puppets(int workers, String meaning, String... options) throws IOException {
        var all = new ArrayList<>(List.of("--port0", "unique:" + Puppet.Control.class.getName() + "," + meaning));
        all.addAll(List.of(options));
        return Puppets.start(workers, all.toArray(String[]::new));
    }

    private static int port(String answer) {
        assertThat(answer).doesNotStartWith("failed");
        return Integer.parseInt(answer);
    }

    private static void killAndAwait(Puppets puppets, int slot) throws Exception {
        int before = puppets.running().awaitAll("^\\[" + slot + "] control").size();
        Running.signal("KILL", puppets.pid(slot));
        Running.await(
                "the next worker",
                _ -> puppets.running().awaitAll("^\\[" + slot + "] control").size() > before);
    }

    // ------------------------------------------------------------------ sticky

    @Test
    void aStickyPortIsTheSlotsAgainWithWhatWaitedInItsQueue() throws Exception {
        try (var puppets = puppets(2, "sticky")) {
            int one = port(puppets.done(1, "open a socket 127.0.0.1 0"));
            int two = port(puppets.done(1, "open b selector 127.0.0.1 0"));
            int others = port(puppets.done(2, "open a socket 127.0.0.1 0"));
            assertThat(new HashSet<>(List.of(one, two, others))).hasSize(3);
            long pid = puppets.pid(1);
            Running.signal("STOP", pid);
            Running.await("stopped", _ -> KernelSockets.isStopped(pid));
            var ledger = new Ledger(one);
            try (var _ = ledger.burst(50)) {
                Running.await("queued", _ -> KernelSockets.queued(one) == 50);
                killAndAwait(puppets, 1);
                assertThat(puppets.tell(2, "open b socket 127.0.0.1 " + one)).isEqualTo(IN_USE);

                assertThat(port(puppets.done(1, "open a socket 127.0.0.1 0"))).isEqualTo(one);
                assertThat(port(puppets.done(1, "open b selector 127.0.0.1 0"))).isEqualTo(two);

                Running.await("served", _ -> ledger.served() + ledger.lost().size() == 50);
                assertThat(ledger.lost()).isEmpty();
                assertThat(ledger.bySlot()).containsOnlyKeys(1);
            }
            var said = puppets.running().await("netcluster: worker 1 .* listens on 127.0.0.1:" + one + " \\((.*)\\)");
            assertThat(said.group(1)).isEqualTo("sticky");
        }
    }

    @Test
    void aStickyPortThatWasClosedIsFree() throws Exception {
        try (var puppets = puppets(1, "sticky")) {
            int one = port(puppets.done(1, "open a socket 127.0.0.1 0"));
            puppets.done(1, "close a");
            assertThat(KernelSockets.on(one)).isEmpty();
            killAndAwait(puppets, 1);
            int next = port(puppets.done(1, "open a socket 127.0.0.1 0"));
            assertThat(new Ledger(next).connect(20, 4).lost()).isEmpty();
        }
    }

    @Test
    void namesKeepStickyPortsApartInWhateverOrder() throws Exception {
        try (var puppets = puppets(1, "sticky")) {
            int red = port(puppets.done(1, "as sticky=red open red socket 127.0.0.1 0"));
            int blue = port(puppets.done(1, "as sticky=blue open blue socket 127.0.0.1 0"));
            int nameless = port(puppets.done(1, "open none socket 127.0.0.1 0"));
            killAndAwait(puppets, 1);
            assertThat(port(puppets.done(1, "open none socket 127.0.0.1 0"))).isEqualTo(nameless);
            assertThat(port(puppets.done(1, "as sticky=blue open blue socket 127.0.0.1 0")))
                    .isEqualTo(blue);
            assertThat(port(puppets.done(1, "as sticky=red open red socket 127.0.0.1 0")))
                    .isEqualTo(red);
        }
    }

    // ------------------------------------------------------------------ shared

    @ParameterizedTest
    @ValueSource(strings = {"socket", "channel", "selector", "async"})
    void oneNameIsOnePortOfAllWorkers(String style) throws Exception {
        try (var puppets = puppets(2, "shared")) {
            int port = port(puppets.done(1, "open a " + style + " 127.0.0.1 0"));
            int other = port(puppets.done(1, "as shared=other open b socket 127.0.0.1 0"));
            assertThat(port(puppets.done(2, "as shared=other open b socket 127.0.0.1 0")))
                    .isEqualTo(other)
                    .isNotEqualTo(port);
            assertThat(port(puppets.done(2, "open a " + style + " 127.0.0.1 0")))
                    .isEqualTo(port);

            var ledger = new Ledger(port).connect(200, 16);

            assertThat(ledger.lost()).isEmpty();
            assertThat(ledger.bySlot()).containsOnlyKeys(1, 2);
            var said = puppets.running().await("netcluster: worker 1 .* listens on 127.0.0.1:" + port + " \\((.*)\\)");
            assertThat(said.group(1)).isEqualTo("shared");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nio", "epoll", "io_uring"})
    void nettysTransportsShareItToo(String transport) throws Exception {
        var program = Running.program(NettyTest.OPTIONS, NettyServer.class, transport, "127.0.0.1", 0);
        var words = new ArrayList<>(List.of("--port0", "shared", "--port0-range", "21000-21999"));
        words.addAll(List.of(program));
        try (var cluster = Running.cluster(words.toArray(String[]::new))) {
            var listening = cluster.awaitListening(2);
            int port = listening.getFirst().port();
            assertThat(listening).extracting(Running.Listening::port).containsOnly(port);
            assertThat(port).isBetween(21_000, 21_999);

            var ledger = new Ledger(port).connect(200, 16);

            assertThat(ledger.lost()).isEmpty();
            assertThat(ledger.bySlot()).containsOnlyKeys(1, 2);
        }
    }

    @Test
    void whoBindsTheNumberOfASharedPortJoins() throws Exception {
        try (var puppets = puppets(2, "shared")) {
            int port = port(puppets.done(1, "open a socket 127.0.0.1 0"));
            assertThat(port(puppets.done(2, "open a socket 127.0.0.1 " + port))).isEqualTo(port);
            assertThat(new Ledger(port).connect(200, 16).bySlot()).containsOnlyKeys(1, 2);
        }
    }

    @Test
    void aWorkerHasASharedPortOnce() throws Exception {
        try (var puppets = puppets(1, "shared")) {
            int port = port(puppets.done(1, "open a socket 127.0.0.1 0"));
            assertThat(puppets.tell(1, "open b socket 127.0.0.1 0"))
                    .startsWith(IN_USE)
                    .contains("already");
            puppets.done(1, "close a");
            assertThat(KernelSockets.on(port)).isEmpty();
            assertThat(port(puppets.done(1, "open b socket 127.0.0.1 0"))).isPositive();
        }
    }

    @Test
    void aSharedPortOutlivesEveryWorkerThatHasIt() throws Exception {
        try (var puppets = puppets(2, "shared")) {
            int port = port(puppets.done(1, "open a socket 127.0.0.1 0"));
            killAndAwait(puppets, 1);
            assertThat(port(puppets.done(2, "open a socket 127.0.0.1 0"))).isEqualTo(port);
            assertThat(port(puppets.done(1, "open a socket 127.0.0.1 0"))).isEqualTo(port);
            assertThat(new Ledger(port).connect(200, 16).bySlot()).containsOnlyKeys(1, 2);
        }
    }

    @Test
    void aSharedNameIsOneNumberOnSeveralAddresses() throws Exception {
        try (var puppets = puppets(2, "shared")) {
            int port = port(puppets.done(1, "open a socket 127.0.0.1 0"));
            assertThat(port(puppets.done(2, "open a socket 127.0.0.2 0"))).isEqualTo(port);
        }
    }

    // ------------------------------------------------------------------ rules and calls

    @Test
    void rulesAreForAnAddressAClassOrAPackage() throws Exception {
        var rules =
                "shared:127.0.0.2,sticky=mine:" + Puppet.Module.class.getName() + ",node:io.netcluster.it.programs.*";
        try (var puppets = puppets(2, rules)) {
            int shared = port(puppets.done(1, "open a socket 127.0.0.2 0"));
            assertThat(port(puppets.done(2, "open a socket 127.0.0.2 0"))).isEqualTo(shared);
            int mine = port(puppets.done(1, "module open b socket 127.0.0.1 0"));
            assertThat(port(puppets.done(2, "module open b socket 127.0.0.1 0")))
                    .isNotEqualTo(mine);
            int nodes = port(puppets.done(1, "open c socket 127.0.0.1 0"));
            assertThat(port(puppets.done(2, "open c socket 127.0.0.1 0"))).isEqualTo(nodes);
            assertThat(port(puppets.done(2, "as unique open d socket 127.0.0.2 0")))
                    .isNotEqualTo(shared);
            killAndAwait(puppets, 1);
            assertThat(port(puppets.done(1, "module open b socket 127.0.0.1 0")))
                    .isEqualTo(mine);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"shared", "sticky", "node"})
    void aGeneralRuleLeavesDatagramSocketsAlone(String meaning) throws Exception {
        try (var puppets = puppets(2, meaning)) {
            int one = port(puppets.done(1, "udp a 127.0.0.1 0"));
            assertThat(port(puppets.done(2, "udp a 127.0.0.1 0"))).isNotEqualTo(one);
            int both = port(puppets.done(1, "as shared=both udp b 127.0.0.1 0"));
            assertThat(port(puppets.done(2, "as shared=both udp b 127.0.0.1 0")))
                    .isEqualTo(both);
        }
    }

    @Test
    void aCallThatThrowsThrowsItsOwn() throws Exception {
        try (var puppets = puppets(1, "unique")) {
            int port = port(puppets.done(1, "as node open a socket 127.0.0.1 0"));
            assertThat(puppets.tell(1, "as node open b socket 127.0.0.1 " + port))
                    .isEqualTo(IN_USE);
        }
    }

    // ------------------------------------------------------------------ ranges

    @ParameterizedTest
    @ValueSource(ints = {20_000, 40_000}) // outside the system's range, and inside
    void allPortsAreInTheRangeAndItsEndIsTold(int from) throws Exception {
        int first = freeRange(from);
        var range = first + "-" + (first + 19);
        for (var meaning : List.of("unique", "sticky", "node")) {
            try (var puppets = puppets(1, meaning, "--port0-range", range)) {
                var ports = new HashSet<Integer>();
                String answer = "";
                for (int i = 0; i < 21 && !answer.startsWith("failed"); i++) {
                    answer = puppets.tell(1, "open " + meaning + i + " channel 127.0.0.1 0");
                    if (!answer.startsWith("failed")) {
                        ports.add(Integer.parseInt(answer));
                    }
                }
                assertThat(answer)
                        .isEqualTo("failed java.net.BindException: Address already in use: none of the 20 ports of "
                                + range + " is free, all were tried");
                // inside the system's range others may have taken one meanwhile
                assertThat(ports).hasSizeGreaterThan(15).allMatch(port -> port >= first && port < first + 20);
            }
        }
    }

    /** The first of 20 ports that nobody has. */
    private static int freeRange(int from) throws IOException {
        for (int first = from; ; first += 20) {
            try (var lease = PortLease.take(LeaseOptions.defaults().count(20).range(first, first + 19))) {
                return lease.port();
            } catch (BindException e) {
                // somebody has one of them: try the next
            }
        }
    }

    @Test
    void twoClustersOnOneRangeNeverCollide() throws Exception {
        try (var one = puppets(2, "unique", "--port0-range", "20200-20399");
                var other = puppets(2, "sticky", "--port0-range", "20200-20399")) {
            var ports = new HashSet<Integer>();
            for (int i = 0; i < 40; i++) {
                for (var puppets : List.of(one, other)) {
                    int slot = 1 + i % 2;
                    assertThat(ports.add(port(puppets.done(slot, "open p" + i + " socket 127.0.0.1 0"))))
                            .isTrue();
                }
            }
        }
    }
}
