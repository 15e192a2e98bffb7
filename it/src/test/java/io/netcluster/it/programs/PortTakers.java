package io.netcluster.it.programs;

import io.netcluster.PortLease;
import java.io.IOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Starts a server many times, on leased ports and on ports that were free a moment ago, while others take ports; prints
 * how many did not start.
 *
 * <p>Arguments: the server; how often; an empty directory; the command that it is started with, in which {@code PORT} and
 * {@code DIR} stand for these.
 */
public final class PortTakers {
    private static final int HAMMERS = 4;
    private static final int AT_ONCE = 4;

    private final Server server;
    private final List<String> command;
    private final BlockingQueue<Path> directories;

    private PortTakers(Server server, List<String> command, BlockingQueue<Path> directories) {
        this.server = server;
        this.command = command;
        this.directories = directories;
    }

    /** What tells that a server listens, and is the one that was started. */
    private enum Server {
        POSTGRESQL("database system is ready to accept connections", "\0\0\0\b\4\322\26\57", "N"), // SSLRequest: no
        REDIS("Ready to accept connections", "PING\r\n", "+PONG"),
        NGINX("start worker processes", "GET / HTTP/1.0\r\n\r\n", "HTTP/1.1 200"),
        JVM("^URL ", "GET / HTTP/1.0\r\n\r\n", "HTTP/1.1 200"),
        NODE("^listening", "GET / HTTP/1.0\r\n\r\n", "HTTP/1.1 200");

        private final String ready;
        private final byte[] question;
        private final byte[] answer;

        Server(String ready, String question, String answer) {
            this.ready = ready;
            this.question = question.getBytes(StandardCharsets.ISO_8859_1);
            this.answer = answer.getBytes(StandardCharsets.ISO_8859_1);
        }

        boolean answersAt(int port) throws IOException {
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.getOutputStream().write(question);
                return Arrays.equals(socket.getInputStream().readNBytes(answer.length), answer);
            }
        }
    }

    public static void main(String[] arguments) throws Exception {
        int count = Integer.parseInt(arguments[1]);
        var directories = new LinkedBlockingQueue<Path>();
        for (int i = 1; i <= AT_ONCE; i++) {
            directories.add(Path.of(arguments[2], String.valueOf(i)));
        }
        var takers = new PortTakers(
                Server.valueOf(arguments[0]), List.of(arguments).subList(3, arguments.length), directories);
        var hammers = new ArrayList<Process>();
        try {
            for (int i = 0; i < HAMMERS; i++) {
                hammers.add(hammer());
            }
            for (var hammer : hammers) {
                if (firstLine(hammer, "hammering") == null) {
                    throw new IllegalStateException("a hammer has ended");
                }
            }
            takers.start("on leased ports", count, takers::onLeasedPort).forEach(System.out::println);
            var _ = takers.start("by bind, close, reuse", count, takers::onPortThatWasFree);
            if (!hammers.stream().allMatch(Process::isAlive)) {
                throw new IllegalStateException("a hammer has ended");
            }
        } finally {
            hammers.forEach(Process::destroyForcibly);
        }
    }

    /** With what the servers leave of the processors. */
    private static Process hammer() throws IOException {
        return new ProcessBuilder(
                        "nice",
                        "-n",
                        "10",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PortHammer.class.getName())
                .redirectErrorStream(true)
                .start();
    }

    private List<String> start(String how, int count, Callable<@Nullable String> attempt) throws Exception {
        long begin = System.nanoTime();
        var failures = new ArrayList<String>();
        try (var threads = Executors.newFixedThreadPool(AT_ONCE)) {
            for (var each : threads.invokeAll(Collections.nCopies(count, attempt))) {
                try {
                    var failure = each.get();
                    if (failure != null) {
                        failures.add(failure);
                    }
                } catch (ExecutionException e) {
                    failures.add(String.valueOf(e.getCause()));
                }
            }
        }
        System.out.printf(
                "%s %s: %d of %d failed, in %d s%n",
                server, how, failures.size(), count, TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin));
        return failures;
    }

    private @Nullable String onLeasedPort() throws Exception {
        try (var lease = PortLease.take()) {
            return failureAt(lease.port());
        }
    }

    private @Nullable String onPortThatWasFree() throws Exception {
        int port;
        try (var probe = new ServerSocket(0)) {
            port = probe.getLocalPort();
        }
        return failureAt(port);
    }

    /** Starts the server, asks it something, and stops it; returns what it printed if it did not do its work. */
    private @Nullable String failureAt(int port) throws Exception {
        var directory = directories.take();
        try {
            var words = command.stream()
                    .map(word -> word.replace("PORT", String.valueOf(port)).replace("DIR", directory.toString()))
                    .toList();
            if (server == Server.NGINX) {
                Files.writeString(directory.resolve("conf"), nginx(port));
            }
            var process = new ProcessBuilder(words).redirectErrorStream(true).start();
            try {
                var printed = new StringBuilder();
                if (firstLine(process, server.ready, printed) == null) {
                    return printed.toString();
                }
                Thread.ofVirtual().start(() -> drain(process));
                return server.answersAt(port) ? null : "another server answers";
            } finally {
                process.destroy();
                process.waitFor();
            }
        } finally {
            directories.add(directory);
        }
    }

    private static String nginx(int port) {
        return """
                daemon off; pid pid; error_log stderr notice; worker_processes 1;
                events {}
                http {
                    access_log off; client_body_temp_path t; proxy_temp_path t; fastcgi_temp_path t; uwsgi_temp_path t;
                    scgi_temp_path t;
                    server { listen 127.0.0.1:%d; location / { return 200 ok; } }
                }
                """.formatted(port);
    }

    private static @Nullable String firstLine(Process process, String regex) throws IOException {
        return firstLine(process, regex, new StringBuilder());
    }

    private static @Nullable String firstLine(Process process, String regex, StringBuilder printed) throws IOException {
        var pattern = Pattern.compile(regex);
        var reader = process.inputReader();
        for (var line = reader.readLine(); line != null; line = reader.readLine()) {
            printed.append(line).append('\n');
            if (pattern.matcher(line).find()) {
                return line;
            }
        }
        return null;
    }

    private static void drain(Process process) {
        try {
            process.inputReader().transferTo(Writer.nullWriter());
        } catch (IOException e) {
            return; // it has ended
        }
    }
}
