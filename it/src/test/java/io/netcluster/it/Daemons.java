package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A user's background clusters, in a home of their own; closing it ends all that was started there. */
final class Daemons implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();

    private final Path home;

    /** In a directory that is this test's alone. */
    Daemons(Path directory) throws IOException {
        home = Files.createDirectories(directory.resolve("home"));
        Files.createDirectories(runtime());
    }

    /** What a command did. */
    record Result(int status, List<String> out, List<String> err) {
        /** Its lines of JSON. */
        List<JsonNode> json() {
            return out.stream().map(JSON::readTree).toList();
        }

        JsonNode last() {
            return JSON.readTree(out.getLast());
        }

        Result succeeded() {
            assertThat(status).as(this.toString()).isZero();
            return this;
        }

        Result failed(int with) {
            assertThat(status).as(this.toString()).isEqualTo(with);
            assertThat(err).as("no stack trace").noneMatch(line -> line.contains("\tat "));
            return this;
        }
    }

    Path runtime() {
        return home.resolve("run");
    }

    Path state() {
        return home.resolve("state");
    }

    Map<String, String> environment() {
        return Map.of("XDG_RUNTIME_DIR", runtime().toString(), "XDG_STATE_HOME", state().toString());
    }

    /** Starts a command. */
    Running start(String... arguments) throws IOException {
        return start(List.of(), arguments);
    }

    Running start(List<String> prefix, String... arguments) throws IOException {
        var command = new ArrayList<>(prefix);
        command.addAll(command(arguments));
        return Running.start(command, environment());
    }

    static List<String> command(String... arguments) {
        var command = new ArrayList<>(Running.COMMAND);
        command.addAll(List.of(arguments));
        return command;
    }

    /** Runs a command to its end. */
    Result run(String... arguments) throws Exception {
        try (var running = start(arguments)) {
            assertThat(running.process().waitFor(2 * Running.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("ended: " + String.join(" ", arguments) + "\n" + String.join("\n", running.lines()))
                    .isTrue();
            int status = running.awaitExit();
            return new Result(
                    status,
                    running.lines().stream()
                            .filter(line -> !line.startsWith("! "))
                            .toList(),
                    running.lines().stream()
                            .filter(line -> line.startsWith("! "))
                            .map(line -> line.substring(2))
                            .toList());
        }
    }

    /** What a cluster's primary says of it: what {@code describe} shows, without a JVM for each look. */
    JsonNode describe(String name) throws Exception {
        var socket = runtime().resolve("netcluster").resolve(name).resolve("admin");
        try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            channel.write(ByteBuffer.wrap("{\"request\": \"status\"}\n".getBytes(StandardCharsets.US_ASCII)));
            var answer = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8)).readLine();
            assertThat(answer).as("the primary of " + name + " has answered").isNotNull();
            var status = JSON.readTree(answer);
            assertThat(status.has("error")).as(answer).isFalse();
            return status;
        }
    }

    /** The processes of a cluster's workers. */
    List<Long> workers(String name) throws Exception {
        return describe(name)
                .path("seats")
                .valueStream()
                .map(seat -> seat.path("pid").asLong())
                .filter(pid -> pid != 0) // of a slot that waits for its next worker
                .toList();
    }

    /** What a process was told by its environment. */
    static String variable(long pid, String name) throws IOException {
        var all = Files.readString(Path.of("/proc", String.valueOf(pid), "environ"), StandardCharsets.ISO_8859_1);
        for (var each : all.split("\0")) {
            if (each.startsWith(name + "=")) {
                return each.substring(name.length() + 1);
            }
        }
        return "";
    }

    /** The processes that live, and were started here. */
    List<ProcessHandle> processes() {
        return ProcessHandle.allProcesses()
                .filter(process -> {
                    try {
                        return variable(process.pid(), "XDG_STATE_HOME").equals(state().toString());
                    } catch (IOException e) {
                        return false; // another user's, or it has gone
                    }
                })
                .toList();
    }

    @Override
    public void close() {
        for (var left = processes(); !left.isEmpty(); left = processes()) {
            left.forEach(ProcessHandle::destroyForcibly);
            left.forEach(process -> process.onExit().join());
        }
    }
}
