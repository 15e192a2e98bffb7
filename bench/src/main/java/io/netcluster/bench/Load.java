package io.netcluster.bench;

import io.netcluster.bench.Table.Goal;
import io.netcluster.bench.programs.ChannelServer;
import io.netcluster.bench.programs.WebServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Requests per second over kept connections, and connections per second, as wrk counts them. */
final class Load {
    private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([0-9.]+)");
    private static final Pattern ERRORS = Pattern.compile("Socket errors:.*|Non-2xx.*");
    private static final String CONNECTIONS = "32";
    private static final int WARM_UP_SECONDS = 3;

    private final Programs programs;
    private final int rounds;
    private final int seconds;

    Load(Programs programs, int rounds, int seconds) {
        this.programs = programs;
        this.rounds = rounds;
        this.seconds = seconds;
    }

    /** Whether wrk is on the PATH. */
    static boolean isPossible() throws InterruptedException {
        try (var wrk = Launched.start(List.of("wrk", "--version"))) {
            return wrk.output().startsWith("wrk");
        } catch (IOException e) {
            return false;
        }
    }

    void run(Table table) throws IOException, InterruptedException {
        one(table);
        two(table);
    }

    /** One worker, and the same server in a JVM of its own: the JDK's HttpServer. */
    private void one(Table table) throws IOException, InterruptedException {
        int plain = Programs.freePort();
        int shared = Programs.freePort();
        try (var jvm = Launched.start(programs.plain(List.of(), WebServer.class, plain));
                var cluster = Launched.start(programs.cluster(1, List.of(), WebServer.class, shared))) {
            jvm.await(Programs.READY);
            cluster.await(Programs.READY);
            compare(table, "one worker", plain, shared);
        }
    }

    /** Two workers, and two JVMs that share the port by SO_REUSEPORT. */
    private void two(Table table) throws IOException, InterruptedException {
        int plain = Programs.freePort();
        int shared = Programs.freePort();
        var words = programs.plain(List.of(), ChannelServer.class, plain, "reuseport");
        try (var first = Launched.start(words);
                var second = Launched.start(words);
                var cluster = Launched.start(programs.cluster(2, List.of(), ChannelServer.class, shared))) {
            first.await(Programs.READY);
            second.await(Programs.READY);
            cluster.await(Programs.READY);
            cluster.await(Programs.READY);
            compare(table, "two workers", plain, shared);
        }
    }

    private void compare(Table table, String who, int plain, int shared) throws IOException, InterruptedException {
        compare(table, who + ", requests/s on kept connections", plain, shared, List.of());
        compare(table, who + ", connections/s", plain, shared, List.of("-H", "Connection: close"));
    }

    private void compare(Table table, String what, int plain, int shared, List<String> header)
            throws IOException, InterruptedException {
        load(plain, header, WARM_UP_SECONDS);
        load(shared, header, WARM_UP_SECONDS);
        var theirs = new double[rounds];
        var ours = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            if (round % 2 == 0) {
                theirs[round] = load(plain, header, seconds);
                ours[round] = load(shared, header, seconds);
            } else {
                ours[round] = load(shared, header, seconds);
                theirs[round] = load(plain, header, seconds);
            }
        }
        table.compare(what, "%.0f", new Samples(theirs), new Samples(ours), Goal.atLeast(0.98));
    }

    private static double load(int port, List<String> header, int seconds) throws IOException, InterruptedException {
        var words = new ArrayList<>(List.of("wrk", "-t", "1", "-c", CONNECTIONS, "-d", seconds + "s"));
        words.addAll(header);
        words.add("http://127.0.0.1:" + port + "/");
        try (var wrk = Launched.start(words)) {
            var output = wrk.output();
            var rate = RATE.matcher(output);
            if (!rate.find()) {
                throw new IOException("wrk says " + output);
            }
            var errors = ERRORS.matcher(output);
            if (errors.find()) {
                System.err.println("port " + port + ": " + errors.group());
            }
            return Double.parseDouble(rate.group(1));
        }
    }
}
