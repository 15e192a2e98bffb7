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
    private static final int WARM_UP_SECONDS = 2;
    private static final int JVMS = 7; // what JIT compilers make of one program differs by a tenth

    private final Programs programs;
    private final int rounds;
    private final int seconds;

    /**
     * A measurement to be made.
     *
     * @param rounds how many with each pair of peers
     */
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
        // one worker, and the same server in a JVM of its own: the JDK's HttpServer
        compare(table, "one worker", () -> {
            int plain = Programs.freePort();
            int shared = Programs.freePort();
            return new Peers(
                    new Server(plain, Launched.start(programs.plain(List.of(), WebServer.class, plain))),
                    new Server(shared, Launched.start(programs.cluster(1, List.of(), WebServer.class, shared))));
        });
        // two workers, and two JVMs that share the port by SO_REUSEPORT
        compare(table, "two workers", () -> {
            int plain = Programs.freePort();
            int shared = Programs.freePort();
            var words = programs.plain(List.of(), ChannelServer.class, plain, "reuseport");
            var cluster = Launched.start(programs.cluster(2, List.of(), ChannelServer.class, shared));
            return new Peers(
                    new Server(plain, Launched.start(words), Launched.start(words)),
                    new Server(shared, cluster, cluster));
        });
    }

    private void compare(Table table, String who, Start start) throws IOException, InterruptedException {
        var kept = new Rounds();
        var closed = new Rounds();
        for (int jvm = 0; jvm < JVMS; jvm++) {
            try (var peers = start.peers()) {
                kept.measure(peers, List.of());
                closed.measure(peers, List.of("-H", "Connection: close"));
            }
        }
        kept.report(table, who + ", requests/s on kept connections");
        closed.report(table, who + ", connections/s");
    }

    /** Starts both peers; JVMs of one program differ, by what they compiled when, so several are measured. */
    private interface Start {
        Peers peers() throws IOException, InterruptedException;
    }

    private record Peers(Server plain, Server shared) implements AutoCloseable {
        @Override
        public void close() {
            plain.close();
            shared.close();
        }
    }

    /** The rounds of one comparison. */
    private final class Rounds {
        private final List<Round> theirs = new ArrayList<>();
        private final List<Round> ours = new ArrayList<>();

        void measure(Peers peers, List<String> header) throws IOException, InterruptedException {
            peers.plain().load(header, WARM_UP_SECONDS);
            peers.shared().load(header, WARM_UP_SECONDS);
            for (int round = 0; round < rounds; round++) {
                if (round % 2 == 0) {
                    theirs.add(peers.plain().load(header, seconds));
                    ours.add(peers.shared().load(header, seconds));
                } else {
                    ours.add(peers.shared().load(header, seconds));
                    theirs.add(peers.plain().load(header, seconds));
                }
            }
        }

        void report(Table table, String what) {
            table.compare(what, "%.0f", rates(theirs), rates(ours), Goal.atLeast(0.98));
            table.compare(what + ": processor µs for each", "%.1f", costs(theirs), costs(ours), null);
        }
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
    private static final class Server implements AutoCloseable {
        private final int port;
        private final List<ProcessHandle> processes = new ArrayList<>();
        private final List<Launched> launched;

        /** Waits until the processes are ready; one that starts two is named twice. */
        Server(int port, Launched... launched) throws InterruptedException {
            this.port = port;
            this.launched = List.of(launched);
            for (var one : launched) {
                long pid = Long.parseLong(one.await(Programs.READY).group(1));
                processes.add(ProcessHandle.of(pid).orElseThrow());
            }
        }

        @Override
        public void close() {
            launched.forEach(Launched::close);
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
