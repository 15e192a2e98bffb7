package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.programs.Puppet;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A cluster whose workers do what a test tells them. */
final class Puppets implements AutoCloseable {
    private final Running running;

    private Puppets(Running running) {
        this.running = running;
    }

    /** So many workers; more arguments for netcluster itself may follow. */
    static Puppets start(int workers, String... options) throws IOException {
        return start(List.of(), Map.of(), List.of(), workers, options);
    }

    static Puppets start(
            List<String> prefix,
            Map<String, String> environment,
            List<String> javaOptions,
            int workers,
            String... options)
            throws IOException {
        var words = new ArrayList<>(List.of(options));
        words.addAll(List.of("-n", String.valueOf(workers)));
        var java = new ArrayList<>(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        java.addAll(javaOptions);
        words.addAll(List.of(Running.program(java, Puppet.class)));
        var puppets = new Puppets(Running.cluster(prefix, environment, words.toArray(String[]::new)));
        for (int slot = 1; slot <= workers; slot++) {
            puppets.running.await("^\\[" + slot + "] control");
        }
        return puppets;
    }

    Running running() {
        return running;
    }

    /** Tells the slot's worker to do something and returns the answer. */
    String tell(int slot, String command) throws IOException {
        var latest = running.awaitAll("^\\[" + slot + "] control (\\d+)").getLast();
        return tellAt(Integer.parseInt(latest.group(1)), command);
    }

    /** Tells the worker behind a control port. */
    static String tellAt(int control, String command) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), control)) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write((command + "\n").getBytes(StandardCharsets.UTF_8));
            var answer = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
                    .readLine();
            assertThat(answer).as(command).isNotNull();
            return answer;
        }
    }

    /** As {@link #tell}, for what must succeed. */
    String done(int slot, String command) throws IOException {
        var answer = tell(slot, command);
        assertThat(answer).as(command).doesNotStartWith("failed");
        return answer;
    }

    /** The slot's current worker. */
    long pid(int slot) {
        return running.workerPid(slot);
    }

    @Override
    public void close() {
        running.close();
    }
}
