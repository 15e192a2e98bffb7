package io.netcluster.bench;

import io.netcluster.bench.Table.Goal;
import io.netcluster.bench.programs.Messenger;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** What messages between primary and worker cost, beside Node's cluster: the same program, in Java and in JavaScript. */
final class Messages {
    private static final int ROUND_TRIPS = 20_000;
    private static final int MESSAGES = 200_000;
    private static final int SOCKETS = 400; // each takes two descriptors in the primary, and ulimit -n is often 1024
    private static final int MEBIBYTES = 64;
    private static final Duration WARM_UP = Duration.ofSeconds(10); // each: both engines compile while they run

    private final Programs programs;
    private final Path node;
    private final Path script;
    private final int rounds;

    /**
     * To be run so many times.
     *
     * @param node a Node 26
     * @param directory an empty directory for the script
     */
    Messages(Programs programs, Path node, Path directory, int rounds) throws IOException {
        this.programs = programs;
        this.node = node;
        this.script = directory.resolve("messenger.js");
        this.rounds = rounds;
        try (InputStream in = Messages.class.getResourceAsStream("messenger.js")) {
            if (in == null) {
                throw new IOException("messenger.js is missing in netcluster-bench.jar");
            }
            Files.copy(in, script);
        }
    }

    void run(Table table) throws IOException, InterruptedException {
        try (var desk = new ServerSocket(0, 2, InetAddress.getLoopbackAddress());
                var _ = Launched.start(
                        List.of(node.toString(), script.toString(), String.valueOf(desk.getLocalPort())));
                var theirs = new Obedient(desk.accept());
                var _ = Launched.start(programs.primary(Messenger.class, desk.getLocalPort()));
                var ours = new Obedient(desk.accept())) {
            compare(table, "round trips/s, one in flight", "round-trips", "round-trips", ROUND_TRIPS, theirs, ours, 2);
            compare(table, "the same as requests", "round-trips", "requests", ROUND_TRIPS, theirs, ours, 0);
            compare(table, "messages/s, one way", "messages", "messages", MESSAGES, theirs, ours, 5);
            compare(table, "sockets passed/s", "sockets", "sockets", SOCKETS, theirs, ours, 5);
            table.absolute(
                    "KiB that wait for a reader that does not read, of " + MEBIBYTES + " MiB sent",
                    "%.0f",
                    new Samples(Long.parseLong(theirs.order("kept " + MEBIBYTES)) / 1024.0),
                    new Samples(Long.parseLong(ours.order("kept " + MEBIBYTES)) / 1024.0),
                    Goal.atMost(1024, " KiB"));
        }
    }

    private void compare(
            Table table, String what, String nodes, String own, int count, Obedient theirs, Obedient ours, double goal)
            throws IOException {
        var values = new double[2][rounds];
        warmUp(theirs, nodes, count);
        warmUp(ours, own, count);
        for (int round = 0; round < rounds; round++) {
            boolean first = round % 2 == 0;
            double one = perSecond(first ? ours : theirs, first ? own : nodes, count);
            double other = perSecond(first ? theirs : ours, first ? nodes : own, count);
            values[0][round] = first ? other : one;
            values[1][round] = first ? one : other;
        }
        table.compare(
                what, "%.0f", new Samples(values[0]), new Samples(values[1]), goal == 0 ? null : Goal.atLeast(goal));
    }

    private static void warmUp(Obedient peer, String order, int count) throws IOException {
        for (long end = System.nanoTime() + WARM_UP.toNanos(); System.nanoTime() < end; ) {
            perSecond(peer, order, count);
        }
    }

    private static double perSecond(Obedient peer, String order, int count) throws IOException {
        return count / (Long.parseLong(peer.order(order + " " + count)) / 1e9);
    }
}
