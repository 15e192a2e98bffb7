package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.programs.LineServer;
import io.netcluster.it.programs.Modules;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * What the npm package net-cluster was written for, and its two tests: to be read first.
 *
 * <p>In Node's cluster the n-th {@code listen(0)} of every worker is one port. So modules that know nothing of each other
 * got each other's connections, as soon as two workers did not start the same ones in the same order.
 */
final class NetClusterTest {
    @Test
    void twoWorkersThatListenOnZeroGetTwoPorts() throws Exception {
        try (var cluster = Running.cluster(Running.program(LineServer.class, "socket", "127.0.0.1", 0))) {
            var listening = cluster.awaitListening(2);

            assertThat(listening).extracting(Running.Listening::port).doesNotHaveDuplicates();
            for (var each : listening) {
                assertThat(new Ledger(each.port()).connect(20, 4).bySlot()).containsOnlyKeys(each.slot());
            }
        }
    }

    @Test
    void twoWorkersThatListenOnOnePortBothSucceedOnIt() throws Exception {
        int port = FreePort.any();
        try (var cluster = Running.cluster(Running.program(LineServer.class, "socket", "127.0.0.1", port))) {
            assertThat(cluster.awaitListening(2))
                    .extracting(Running.Listening::port)
                    .containsOnly(port);

            var ledger = new Ledger(port).connect(200, 16);

            assertThat(ledger.lost()).isEmpty();
            assertThat(ledger.bySlot()).containsOnlyKeys(1, 2);
        }
    }

    @Test
    void modulesNeverGetEachOthersConnections() throws Exception {
        try (var cluster = Running.cluster(
                "-n", "4", "--", "-cp", Running.classPath(), Modules.class.getName(), "api", "metrics", "admin")) {
            var owners = new HashMap<Integer, String>();
            var heard = Pattern.compile("^\\[(\\d)] (\\w+) on (\\d+)$");
            // three in two workers, two in the two others
            Running.await("ten modules", _ -> cluster.lines(heard.pattern()).size() == 10);
            for (var line : cluster.lines(heard.pattern())) {
                var words = heard.matcher(line);
                assertThat(words.matches()).isTrue();
                owners.put(Integer.parseInt(words.group(3)), words.group(2) + " of " + words.group(1));
            }
            assertThat(owners).as("one port each").hasSize(10);
            assertThat(owners.values()).doesNotHaveDuplicates();
            for (var owner : owners.entrySet()) {
                for (int i = 0; i < 20; i++) {
                    try (var client = new Socket(InetAddress.getLoopbackAddress(), owner.getKey())) {
                        var answer = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                        assertThat(answer).isEqualTo(owner.getValue());
                    }
                }
            }
        }
    }
}
