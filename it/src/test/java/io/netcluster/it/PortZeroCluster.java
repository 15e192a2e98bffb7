package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.programs.Puppet;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A cluster whose workers open and close ports as they are told, and where port 0 means what it means in Node. */
interface PortZeroCluster extends AutoCloseable {
    /** Opens by {@code open}, by {@code own} for a port that is the worker's alone, or by {@code udp}; returns the port. */
    String open(int worker, String verb, String name, String host, int port) throws Exception;

    void close(int worker, String name) throws Exception;

    /** Kills a worker, and waits for the next one in its place. */
    void kill(int worker) throws Exception;

    /** Its primary. */
    long pid();

    @Override
    void close() throws IOException;

    /** Node's own; with a prefix such as {@link OwnNetwork#PREFIX}. */
    static PortZeroCluster ofNode(int workers, List<String> prefix) throws IOException {
        return new OfNode(workers, prefix);
    }

    /** Ours, with {@code --port0 node}. */
    static PortZeroCluster ofNetcluster(int workers, List<String> prefix) throws IOException {
        return new OfNetcluster(workers, prefix);
    }

    private static Line dial(Running running, List<String> prefix, int control) throws IOException {
        return prefix.isEmpty() ? Line.to(control) : Line.to(running.pid(), control);
    }

    /** it/src/test/node/puppets.js. */
    final class OfNode implements PortZeroCluster {
        private final Running running;
        private final Line line;

        private OfNode(int workers, List<String> prefix) throws IOException {
            var program = Running.HOME.resolve("it/src/test/node/puppets.js").toString();
            var command = Running.join(prefix.toArray(String[]::new), Node.v26(), program, String.valueOf(workers));
            running = Running.start(List.of(command), Map.of());
            var control = running.await("^control (\\d+)").group(1);
            line = dial(running, prefix, Integer.parseInt(control));
        }

        @Override
        public String open(int worker, String verb, String name, String host, int port) throws IOException {
            return line.tell(worker + " " + verb + " " + name + " " + host + " " + port);
        }

        @Override
        public void close(int worker, String name) throws IOException {
            assertThat(line.tell(worker + " close " + name)).isEqualTo("closed");
        }

        @Override
        public void kill(int worker) throws IOException {
            assertThat(line.tell(worker + " kill")).isEqualTo("killed");
        }

        @Override
        public long pid() {
            return running.pid();
        }

        @Override
        public void close() throws IOException {
            line.close();
            running.close();
        }
    }

    /** {@link Puppets}. */
    final class OfNetcluster implements PortZeroCluster {
        /** A kind of server for each worker, as they all count alike. */
        private static final List<String> STYLES = List.of("socket", "channel", "async");

        private final Puppets puppets;
        private final List<String> prefix;
        private final Map<Integer, Line> lines = new HashMap<>();

        private OfNetcluster(int workers, List<String> prefix) throws IOException {
            this.prefix = prefix;
            puppets = Puppets.start(
                    prefix,
                    Map.of(),
                    List.of(),
                    workers,
                    "--port0",
                    "unique:" + Puppet.Control.class.getName() + ",node");
            for (int worker = 1; worker <= workers; worker++) {
                connect(worker, 1);
            }
        }

        /** To the slot's so manieth worker. */
        private void connect(int worker, int generation) throws IOException {
            var control = puppets.running().await("^\\[" + worker + "] control (\\d+)", generation);
            lines.put(
                    worker,
                    dial(
                            puppets.running(),
                            prefix,
                            Integer.parseInt(control.getLast().group(1))));
        }

        private Line line(int worker) {
            return Objects.requireNonNull(lines.get(worker));
        }

        @Override
        public String open(int worker, String verb, String name, String host, int port) throws IOException {
            var what = " " + name + " " + (host.equals("0.0.0.0") ? "inet" : STYLES.get(worker - 1));
            var answer = line(worker)
                    .tell(
                            switch (verb) {
                                case "open" -> "open" + what + " " + host + " " + port;
                                case "own" -> "as unique open" + what + " " + host + " " + port;
                                case "udp" -> "as node udp " + name + " socket " + port;
                                default -> throw new IllegalArgumentException(verb);
                            });
            return switch (answer) {
                case "failed java.net.BindException: Address already in use" -> "failed EADDRINUSE";
                case "failed java.net.BindException: Cannot assign requested address" -> "failed EADDRNOTAVAIL";
                default -> answer;
            };
        }

        @Override
        public void close(int worker, String name) throws IOException {
            assertThat(line(worker).tell("close " + name)).isEqualTo("closed");
        }

        @Override
        public void kill(int worker) throws Exception {
            int generations =
                    puppets.running().lines("^\\[" + worker + "] control").size();
            Running.signal("KILL", Long.parseLong(line(worker).tell("pid")));
            line(worker).close();
            connect(worker, generations + 1);
        }

        @Override
        public long pid() {
            return puppets.running().pid();
        }

        @Override
        public void close() throws IOException {
            for (var line : lines.values()) {
                line.close();
            }
            puppets.close();
        }
    }
}
