package io.netcluster.bench;

import io.netcluster.bench.Table.Goal;
import io.netcluster.bench.programs.ChannelServer;
import io.netcluster.bench.programs.WebServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Requests per second over kept connections, and connections per second, as wrk counts them; and the processor time
 * that the servers took for each, which depends less on what else the machine does.
 */
final class Load {
    private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([0-9.]+)");
    private static final Pattern COUNT = Pattern.compile("(\\d+) requests in");
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
            compare(table, "one worker", new Server(plain, jvm), new Server(shared, cluster));
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
            compare(table, "two workers", new Server(plain, first, second), new Server(shared, cluster, cluster));
        }
    }

    private void compare(Table table, String who, Server plain, Server shared)
            throws IOException, InterruptedException {
        compare(table, who + ", requests/s on kept connections", plain, shared, List.of());
        compare(table, who + ", connections/s", plain, shared, List.of("-H", "Connection: close"));
    }

    private void compare(Table table, String what, Server plain, Server shared, List<String> header)
            throws IOException, InterruptedException {
        plain.load(header, WARM_UP_SECONDS);
        shared.load(header, WARM_UP_SECONDS);
        var theirs = new ArrayList<Round>();
        var ours = new ArrayList<Round>();
        for (int round = 0; round < rounds; round++) {
            if (round % 2 == 0) {
                theirs.add(plain.load(header, seconds));
                ours.add(shared.load(header, seconds));
            } else {
                ours.add(shared.load(header, seconds));
                theirs.add(plain.load(header, seconds));
            }
        }
        table.compare(what, "%.0f", rates(theirs), rates(ours), Goal.atLeast(0.98));
        table.compare(what + ": processor µs for each", "%.1f", costs(theirs), costs(ours), null);
    }

    private static Samples rates(List<Round> rounds) {
        return new Samples(rounds.stream().mapToDouble(Round::rate).toArray());
    }

    private static Samples costs(List<Round> rounds) {
        return new Samples(rounds.stream().mapToDouble(Round::cost).toArray());
    }

    /** Requests per second, and microseconds of the servers' processor time for each. */
    private record Round(double rate, double cost) {}

    /** The processes behind a port. */
    private static final class Server {
        private final int port;
        private final List<ProcessHandle> processes = new ArrayList<>();

        /** Waits until the processes are ready; one that starts two is named twice. */
        Server(int port, Launched... launched) throws InterruptedException {
            this.port = port;
            for (var one : launched) {
                long pid = Long.parseLong(one.await(Programs.READY).group(1));
                processes.add(ProcessHandle.of(pid).orElseThrow());
            }
        }

        private double cpuMicros() {
            return processes.stream()
                            .mapToLong(process -> process.info()
                                    .totalCpuDuration()
                                    .orElseThrow()
                                    .toNanos())
                            .sum()
                    / 1e3;
        }

        Round load(List<String> header, int seconds) throws IOException, InterruptedException {
            var words = new ArrayList<>(List.of("wrk", "-t", "1", "-c", CONNECTIONS, "-d", seconds + "s"));
            words.addAll(header);
            words.add("http://127.0.0.1:" + port + "/");
            double before = cpuMicros();
            try (var wrk = Launched.start(words)) {
                var output = wrk.output();
                double spent = cpuMicros() - before;
                var rate = RATE.matcher(output);
                var count = COUNT.matcher(output);
                if (!rate.find() || !count.find()) {
                    throw new IOException("wrk says " + output);
                }
                return new Round(Double.parseDouble(rate.group(1)), spent / Long.parseLong(count.group(1)));
            }
        }
    }
}
