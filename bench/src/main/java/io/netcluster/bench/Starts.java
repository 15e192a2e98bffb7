package io.netcluster.bench;

import io.netcluster.bench.programs.WebServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;

/**
 * How long it takes from the start of {@code java} until the JDK's HttpServer listens, and how much memory it has then.
 *
 * <p>The workers are replacements, in a cluster that runs: one is killed, and its successor measured.
 */
final class Starts {
    private static final int FOUR = 4;

    private final Programs programs;
    private final Path directory;
    private final int rounds;

    Starts(Programs programs, Path directory, int rounds) {
        this.programs = programs;
        this.directory = directory;
        this.rounds = rounds;
    }

    void run(Table table) throws IOException, InterruptedException {
        var plainCache = train("plain.aot", false);
        var workerCache = train("worker.aot", true);
        try (var worker = new Replaced(List.of());
                var cached = new Replaced(workerCache)) {
            var starts = new Start[5][rounds];
            for (int round = 0; round < rounds; round++) {
                starts[0][round] = plain(List.of());
                starts[1][round] = worker.replace();
                starts[2][round] = plain(plainCache);
                starts[3][round] = cached.replace();
                starts[4][round] = plain(List.of("-agentlib:instrument=" + programs.agent()));
            }
            compare(table, "start until it listens, ms", "%.0f", starts, Start::millis);
            compare(table, "PSS when it listens, MiB", "%.1f", starts, Start::mebibytes);
        }
        compareFour(table, workerCache);
    }

    private static void compare(
            Table table, String what, String format, Start[][] starts, ToDoubleFunction<Start> value) {
        var samples = Arrays.stream(starts)
                .map(each -> new Samples(Arrays.stream(each).mapToDouble(value).toArray()))
                .toList();
        table.compare(what, format, samples.get(0), samples.get(1), null);
        table.compare("the same, both with an AOT cache", format, samples.get(2), samples.get(3), null);
        table.compare("the same, the worker alone with an AOT cache", format, samples.get(0), samples.get(3), null);
        table.compare(
                "for comparison: the agent in a JVM that is no worker", format, samples.get(0), samples.get(4), null);
    }

    /** What a process takes depends on how many there are, as they share what they map. */
    private void compareFour(Table table, List<String> workerCache) throws IOException, InterruptedException {
        var memory = new double[3][(rounds + 2) / 3];
        for (int round = 0; round < memory[0].length; round++) {
            memory[0][round] = ofFourJvms();
            memory[1][round] = ofFourWorkers(List.of());
            memory[2][round] = ofFourWorkers(workerCache);
        }
        var plain = new Samples(memory[0]);
        table.compare("PSS of each of 4, MiB", "%.1f", plain, new Samples(memory[1]), null);
        table.compare(
                "the same, the workers alone with an AOT cache",
                "%.1f",
                plain,
                new Samples(memory[2]),
                Table.Goal.atMost(1, ""));
    }

    private double ofFourJvms() throws IOException, InterruptedException {
        var jvms = new ArrayList<Launched>();
        try {
            var pids = new ArrayList<Long>();
            for (int i = 0; i < FOUR; i++) {
                var jvm = Launched.start(programs.plain(List.of(), WebServer.class, Programs.freePort()));
                jvms.add(jvm);
                pids.add(Long.parseLong(jvm.await(Programs.READY).group(1)));
            }
            return meanMebibytes(pids);
        } finally {
            jvms.forEach(Launched::close);
        }
    }

    private double ofFourWorkers(List<String> options) throws IOException, InterruptedException {
        try (var cluster = Launched.start(programs.cluster(FOUR, options, WebServer.class, Programs.freePort()))) {
            var pids = new ArrayList<Long>();
            for (int i = 0; i < FOUR; i++) {
                pids.add(Long.parseLong(cluster.await(Programs.READY).group(1)));
            }
            return meanMebibytes(pids);
        }
    }

    private static double meanMebibytes(List<Long> pids) throws IOException {
        double sum = 0;
        for (long pid : pids) {
            sum += mebibytes(pid);
        }
        return sum / pids.size();
    }

    private static double mebibytes(long pid) throws IOException {
        try (var lines = Files.lines(Path.of("/proc", String.valueOf(pid), "smaps_rollup"))) {
            return lines.filter(line -> line.startsWith("Pss:"))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                            .sum()
                    / 1024.0;
        }
    }

    /**
     * One start.
     *
     * @param millis until it listened
     * @param mebibytes its proportional set size then: {@code Pss} in proc_pid_smaps(5)
     */
    private record Start(double millis, double mebibytes) {
        static Start of(Matcher ready) throws IOException {
            return new Start(Long.parseLong(ready.group(2)), Starts.mebibytes(Long.parseLong(ready.group(1))));
        }
    }

    /** Makes an AOT cache, and returns the options that use it and fail if it does not fit. */
    private List<String> train(String name, boolean asWorker) throws IOException, InterruptedException {
        var cache = directory.resolve(name);
        int port = Programs.freePort();
        var options = List.of("-XX:AOTCacheOutput=" + cache);
        try (var trained = Launched.start(
                asWorker
                        ? programs.cluster(1, options, WebServer.class, port)
                        : programs.plain(options, WebServer.class, port))) {
            trained.await(Programs.READY);
            request(port);
            trained.stop();
            if (!Files.exists(cache)) {
                throw new IOException("training made no AOT cache: " + trained.output());
            }
        }
        return List.of("-XX:AOTCache=" + cache, "-XX:AOTMode=on");
    }

    private static void request(int port) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            socket.getInputStream().readAllBytes();
        }
    }

    private Start plain(List<String> options) throws IOException, InterruptedException {
        try (var jvm = Launched.start(programs.plain(options, WebServer.class, Programs.freePort()))) {
            return Start.of(jvm.await(Programs.READY));
        }
    }

    /** A cluster of one worker, which is killed again and again. */
    private final class Replaced implements AutoCloseable {
        /** One that ends within a second of being ready counts as a failed start, and its successor has to wait. */
        private static final Duration LIFE = Duration.ofMillis(1_200);

        private final Launched cluster;
        private long pid;
        private Instant since;

        Replaced(List<String> options) throws IOException, InterruptedException {
            cluster = Launched.start(programs.cluster(1, options, WebServer.class, Programs.freePort()));
            pid = Long.parseLong(cluster.await(Programs.READY).group(1));
            since = Instant.now();
        }

        Start replace() throws IOException, InterruptedException {
            Thread.sleep(Duration.between(Instant.now(), since.plus(LIFE)));
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
            var ready = cluster.await(Programs.READY);
            since = Instant.now();
            pid = Long.parseLong(ready.group(1));
            return Start.of(ready);
        }

        @Override
        public void close() {
            cluster.close();
        }
    }
}
