package io.netcluster.bench;

import io.netcluster.bench.programs.WebServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;

/**
 * How long it takes from the start of {@code java} until the JDK's HttpServer listens.
 *
 * <p>The workers are replacements, in a cluster that runs: one is killed, and its successor measured.
 */
final class Starts {
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
            var values = new double[5][rounds];
            for (int round = 0; round < rounds; round++) {
                values[0][round] = plain(List.of());
                values[1][round] = worker.replace();
                values[2][round] = plain(plainCache);
                values[3][round] = cached.replace();
                values[4][round] = plain(List.of("-javaagent:" + programs.agent()));
            }
            var plain = new Samples(values[0]);
            var plainCached = new Samples(values[2]);
            table.compare("start until it listens, ms", "%.0f", plain, new Samples(values[1]), null);
            table.compare("the same, both with an AOT cache", "%.0f", plainCached, new Samples(values[3]), null);
            table.compare("the same, the worker alone with an AOT cache", "%.0f", plain, new Samples(values[3]), null);
            table.compare(
                    "for comparison: the agent in a JVM that is no worker",
                    "%.0f",
                    plain,
                    new Samples(values[4]),
                    null);
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

    private double plain(List<String> options) throws IOException, InterruptedException {
        try (var jvm = Launched.start(programs.plain(options, WebServer.class, Programs.freePort()))) {
            return millis(jvm.await(Programs.READY));
        }
    }

    private static double millis(Matcher ready) {
        return Long.parseLong(ready.group(2));
    }

    /** A cluster of one worker, which is killed again and again. */
    private final class Replaced implements AutoCloseable {
        private final Launched cluster;
        private long pid;

        Replaced(List<String> options) throws IOException, InterruptedException {
            cluster = Launched.start(programs.cluster(1, options, WebServer.class, Programs.freePort()));
            pid = Long.parseLong(cluster.await(Programs.READY).group(1));
        }

        double replace() throws InterruptedException {
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
            var ready = cluster.await(Programs.READY);
            pid = Long.parseLong(ready.group(1));
            return millis(ready);
        }

        @Override
        public void close() {
            cluster.close();
        }
    }
}
