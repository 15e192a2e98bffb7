package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * With {@code --port0 node}, workers share a port 0 exactly when they would in Node 26: both do the same here, side by
 * side.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class NodePortsTest {
    private static final int WORKERS = 3;
    private static final int SEQUENCES = 50;
    private static final int STEPS = 30;
    private static final List<String> HOSTS = List.of("127.0.0.1", "127.0.0.1", "::1", "*");

    private PortZeroCluster node;
    private PortZeroCluster netcluster;

    @BeforeAll
    void start() throws IOException {
        node = PortZeroCluster.ofNode(WORKERS, List.of());
        netcluster = PortZeroCluster.ofNetcluster(WORKERS, List.of());
    }

    @AfterAll
    void stop() throws IOException {
        try (var _ = node;
                var _ = netcluster) {}
    }

    /** What the cluster's workers get, who afterwards have nothing open. */
    private static List<String> run(PortZeroCluster cluster, List<String> steps) throws Exception {
        var sequence = new PortZeroSteps(cluster, false);
        try {
            return sequence.run(steps);
        } finally {
            sequence.end();
        }
    }

    /** Each letter is a socket; what they stand for is said in {@link PortZeroSteps}. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            the first calls of all get one        | 1 open a, 2 open a, 3 open a                                     | A A A
            the second calls another              | 1 open a, 1 open b, 2 open a, 2 open b                           | A B A B
            whoever is first                      | 1 open a, 2 open a, 2 open b, 3 open a, 3 open b, 1 open b       | A A B A B B
            names are nothing, order is all       | 1 open a, 1 open b, 2 open b, 2 open a                           | A B A B
            nor is who leaves one out             | 1 open a, 1 open b, 1 open c, 2 open a, 2 open c                 | A B C A B
            a call passes those that were closed  | 1 open a, 1 open b, 2 open a, 2 open b, 1 close b, 1 open c      | A B A B C
            also the first                        | 1 open a, 1 open b, 2 open a, 1 close a, 1 open c, 2 open b, 2 open c | A B A C B C
            and others come there later           | 1 open a, 1 open b, 1 close b, 1 open c, 2 open a, 2 open b, 2 open c | A B C A D C
            it begins anew when all are closed    | 1 open a, 1 open b, 2 open a, 2 open b, 1 close a, 1 close b, 1 open c, 1 open d | A B A B A B
            in whichever order                    | 1 open a, 1 open b, 2 open a, 1 close b, 1 close a, 1 open c     | A B A A
            alone it gets another each time       | 1 open a, 1 close a, 1 open a, 1 close a, 1 open a               | A B C
            as it does when all have closed       | 1 open a, 2 open a, 1 close a, 2 close a, 2 open a, 1 open a     | A A B B
            but one that has it is enough         | 1 open a, 2 open a, 1 close a, 1 open a, 2 close a, 2 open a     | A A A A
            the next worker gets the same         | 1 open a, 1 open b, 2 open a, 2 open b, 1 kill, 1 open a, 1 open b | A B A B A B
            in the order of its own calls         | 1 open a, 1 open b, 2 open a, 2 open b, 1 kill, 1 open b, 1 open a | A B A B A B
            and counts from the first             | 1 open a, 1 open b, 1 close b, 2 open a, 2 open b, 1 kill, 1 open a, 1 open b, 1 open c | A B A C A C D
            hosts are counted apart               | 1 open a 127.0.0.1, 1 open b 0.0.0.0, 1 open c ::1, 1 open d *, 2 open d *, 2 open c ::1, 2 open b 0.0.0.0, 2 open a 127.0.0.1 | A B C D D C B A
            and begin anew apart                  | 1 open a, 1 open b ::1, 2 open a, 2 open b ::1, 1 close b, 1 open c ::1, 1 open d | A B A B B C
            the addresses of one interface too    | 1 open a 127.0.0.1, 2 open a 127.0.0.2, 2 open b 127.0.0.1       | A B A
            its number is in use                  | 1 open a, 2 take b 1a, 1 take b 1a, 3 take b 1a                  | A EADDRINUSE EADDRINUSE EADDRINUSE
            also for who has it from 0            | 1 open a, 2 open a, 2 take b 1a, 1 close a, 1 take b 2a          | A A EADDRINUSE EADDRINUSE
            a number that failed does not count   | 1 open a, 1 take x 1a, 1 open b, 2 open a, 2 open b, 1 close a, 1 close b, 1 open c | A EADDRINUSE B A B A
            nor does one of the worker's own      | 1 own x, 1 open a, 2 open a, 2 own x, 2 open b, 1 own y, 1 open b | A B B C D E D
            which is never anybody else's         | 1 own a, 2 own a, 1 take x 2a, 1 kill, 1 own a                   | A B EADDRINUSE C
            datagram sockets are counted apart    | 1 udp a, 1 open b, 2 open b, 2 udp a, 1 udp c, 2 udp c           | A B B A C C
            and likewise                          | 1 udp a, 1 udp b, 2 udp a, 1 close b, 1 udp c, 2 udp b, 2 udp c, 1 close a, 1 close c, 1 udp d | A B A C D C A
            """)
    void whoSharesAPort(String promise, String steps, String sockets) throws Exception {
        var all = List.of(steps.split(", "));
        var expected = List.of(sockets.split(" "));
        assertThat(run(node, all)).as("Node: " + steps).isEqualTo(expected);
        assertThat(run(netcluster, all)).as("netcluster: " + steps).isEqualTo(expected);
    }

    /** The one difference, see docs/ports.md. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            1 open a, 1 kill, 1 open a                             | A B     | A A
            1 open a, 2 open a, 1 kill, 2 kill, 2 open a, 1 open a | A A B B | A A A A
            1 open a, 2 open a, 1 kill, 2 close a, 1 open a        | A A B   | A A A
            """)
    void whatOnlyTheDeadHadNodeForgetsAndNetclusterKeeps(String steps, String nodes, String ours) throws Exception {
        var all = List.of(steps.split(", "));
        assertThat(run(node, all)).as("Node: " + steps).isEqualTo(List.of(nodes.split(" ")));
        assertThat(run(netcluster, all)).as("netcluster: " + steps).isEqualTo(List.of(ours.split(" ")));
    }

    /** On an address that the machine gets only later. */
    @Test
    void callsThatFailedCountUntilTheWorkerEnds() throws Exception {
        try (var nodes = PortZeroCluster.ofNode(2, OwnNetwork.PREFIX);
                var ours = PortZeroCluster.ofNetcluster(2, OwnNetwork.PREFIX)) {
            for (var cluster : List.of(nodes, ours)) {
                var sequence = new PortZeroSteps(cluster, false);
                assertThat(sequence.run(List.of("1 open a 10.1.2.3", "2 open a", "1 open a")))
                        .containsExactly("EADDRNOTAVAIL", "A", "A");
                addAddress(cluster.pid(), "10.1.2.3/32");
                var steps = List.of(
                        "1 open b 10.1.2.3",
                        "2 open b 10.1.2.3",
                        "2 open c 10.1.2.3",
                        "1 close b",
                        "1 open b 10.1.2.3",
                        "2 open d 10.1.2.3",
                        "1 kill",
                        "1 open b 10.1.2.3");
                assertThat(sequence.run(steps))
                        .as(cluster.getClass().getSimpleName())
                        .containsExactly("B", "C", "B", "D", "D", "C");
            }
        }
    }

    private static void addAddress(long pid, String address) throws Exception {
        var command =
                List.of("nsenter", "--net=/proc/" + pid + "/ns/net", "ip", "address", "add", address, "dev", "lo");
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }

    /** The last, since dead workers leave sockets to their successors, of which the others do not know. */
    @Test
    @Order(Integer.MAX_VALUE)
    void whateverTheyDo() throws Exception {
        var sequences = List.of(new PortZeroSteps(node, true), new PortZeroSteps(netcluster, true));
        for (int seed = 1; seed <= SEQUENCES; seed++) {
            var steps = random(new Random(seed));
            var results = new ArrayList<List<String>>();
            for (var sequence : sequences) {
                results.add(sequence.run(steps));
                sequence.end();
            }
            assertThat(results.getLast())
                    .as("seed " + seed + ": " + String.join(", ", steps))
                    .isEqualTo(results.getFirst());
        }
    }

    /** Steps that make sense one after the other. */
    private static List<String> random(Random random) {
        var steps = new ArrayList<String>();
        var open = new ArrayList<String>();
        while (steps.size() < STEPS) {
            int worker = 1 + random.nextInt(WORKERS);
            var mine = open.stream()
                    .filter(each -> each.startsWith(String.valueOf(worker)))
                    .toList();
            var tcp = open.stream().filter(each -> !each.contains("udp")).toList();
            int dice = random.nextInt(250);
            if (dice == 0) {
                steps.add(worker + " kill");
                open.removeAll(mine);
            } else if (dice < 10 && !tcp.isEmpty()) {
                steps.add(worker + " take x " + one(tcp, random));
            } else if (dice < 110 && !mine.isEmpty()) {
                var closed = one(mine, random);
                steps.add(worker + " close " + closed.substring(1));
                open.remove(closed);
            } else {
                var verb = dice < 118 ? "own" : dice < 128 ? "udp" : "open";
                var name = verb + steps.size();
                steps.add(worker + " " + verb + " " + name + (verb.equals("open") ? " " + one(HOSTS, random) : ""));
                open.add(worker + name);
            }
        }
        return steps;
    }

    private static String one(List<String> of, Random random) {
        return of.get(random.nextInt(of.size()));
    }
}
