package io.netcluster.bench;

import io.netcluster.bench.Table.Goal;
import io.netcluster.bench.programs.Binder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;

/** How long {@code listen(0)} and a shared bind take, in warm JVMs. */
final class Binds {
    private static final int COUNT = 200;

    private final Programs programs;
    private final int rounds;
    private final int warmUp;

    Binds(Programs programs, int rounds, int warmUp) {
        this.programs = programs;
        this.rounds = rounds;
        this.warmUp = warmUp;
    }

    void run(Table table) throws IOException, InterruptedException {
        try (var desk = new ServerSocket(0, 3, InetAddress.getLoopbackAddress());
                var _ = Launched.start(programs.plain(List.of(), Binder.class, desk.getLocalPort()));
                var plain = new Obedient(desk.accept());
                var _ = Launched.start(programs.cluster(2, List.of(), Binder.class, desk.getLocalPort()));
                var worker = new Obedient(desk.accept());
                var other = new Obedient(desk.accept())) {
            compare(table, "`listen(0)`", plain, 0, worker, 0, Goal.atMost(1.5, "×"), null);
            int first = Programs.freePort();
            compare(
                    table,
                    "bind to a port, as the first worker",
                    plain,
                    first,
                    worker,
                    first,
                    null,
                    Goal.atMost(300, " µs"));
            int joined = Programs.freePort();
            other.order(joined + " 0");
            compare(
                    table,
                    "bind to a port that another worker has",
                    plain,
                    first,
                    worker,
                    joined,
                    null,
                    Goal.atMost(300, " µs"));
        }
    }

    private void compare(
            Table table,
            String what,
            Obedient plain,
            int plainPort,
            Obedient worker,
            int workerPort,
            @org.jspecify.annotations.Nullable Goal ratio,
            @org.jspecify.annotations.Nullable Goal absolute)
            throws IOException {
        plain.order(plainPort + " " + warmUp);
        worker.order(workerPort + " " + warmUp);
        var values = new double[4][rounds];
        for (int round = 0; round < rounds; round++) {
            var ours = round % 2 == 0 ? measure(worker, workerPort) : null;
            var theirs = measure(plain, plainPort);
            if (ours == null) {
                ours = measure(worker, workerPort);
            }
            for (int i = 0; i < 2; i++) {
                values[i][round] = theirs[i];
                values[2 + i][round] = ours[i];
            }
        }
        var before = new Samples(values[0]);
        var after = new Samples(values[2]);
        if (absolute == null) {
            table.compare(what + ", µs", "%.1f", before, after, ratio);
        } else {
            table.absolute(what + ", µs", "%.1f", before, after, absolute);
        }
        table.compare(what + ": its close, µs", "%.1f", new Samples(values[1]), new Samples(values[3]), null);
    }

    /** Microseconds of a bind and of a close. */
    private static double[] measure(Obedient binder, int port) throws IOException {
        var words = binder.order(port + " " + COUNT).split(" ", 2);
        return new double[] {Long.parseLong(words[0]) / 1e3, Long.parseLong(words[1]) / 1e3};
    }
}
