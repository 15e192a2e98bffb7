package io.netcluster.bench;

import io.netcluster.bench.Table.Goal;
import io.netcluster.bench.programs.Binder;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What port 0 costs in each of its meanings, beside the JDK's and Node's, and a lease: all in the same rounds. */
final class Ports {
    private static final int COUNT = 200;

    private final Programs programs;
    private final Path node;
    private final Path script;
    private final int rounds;
    private final int warmUp;

    /** What is measured: by whom, and what that one is told. */
    private enum Way {
        JDK(""),
        NODE(""),
        NODE_EXCLUSIVE("exclusive"),
        NODE_SHARED(""),
        UNIQUE(""),
        STICKY("sticky"),
        SHARED("shared"),
        NODES("node"),
        LEASE("lease");

        private final String meaning;

        Way(String meaning) {
            this.meaning = meaning;
        }

        /** The microseconds of a bind, and of a bind and its close. */
        double[] measure(Obedient binder, int count) throws IOException {
            var words = binder.order(("0 " + count + " " + meaning).trim()).split(" ", 2);
            double bind = Double.parseDouble(words[0]) / 1e3;
            return new double[] {bind, bind + Double.parseDouble(words[1]) / 1e3};
        }
    }

    /**
     * To be run so many times, after so many binds of each kind.
     *
     * @param node a Node 26
     * @param directory a directory for the script
     */
    Ports(Programs programs, Path node, Path directory, int rounds, int warmUp) throws IOException {
        this.programs = programs;
        this.node = node;
        this.script = directory.resolve("binder.js");
        this.rounds = rounds;
        this.warmUp = warmUp;
        try (InputStream in = Ports.class.getResourceAsStream("binder.js")) {
            if (in == null) {
                throw new IOException("binder.js is missing in netcluster-bench.jar");
            }
            Files.copy(in, script);
        }
    }

    void run(Table table) throws IOException, InterruptedException {
        try (var desk = new ServerSocket(0, 4, InetAddress.getLoopbackAddress());
                var _ = Launched.start(programs.plain(List.of(), Binder.class, desk.getLocalPort()));
                var jdk = new Obedient(desk.accept());
                var _ = Launched.start(programs.cluster(1, programs.withLibrary(), Binder.class, desk.getLocalPort()));
                var worker = new Obedient(desk.accept());
                var _ = Launched.start(node(desk, "alone"));
                var nodeAlone = new Obedient(desk.accept());
                var _ = Launched.start(node(desk, "cluster"));
                var nodeWorker = new Obedient(desk.accept())) {
            var binders = new EnumMap<Way, Obedient>(Way.class);
            for (var way : Way.values()) {
                var binder = switch (way) {
                    case JDK -> jdk;
                    case NODE -> nodeAlone;
                    case NODE_EXCLUSIVE, NODE_SHARED -> nodeWorker;
                    case UNIQUE, STICKY, SHARED, NODES, LEASE -> worker;
                };
                binders.put(way, binder);
            }
            report(table, measure(binders));
        }
    }

    private List<String> node(ServerSocket desk, String how) {
        return List.of(node.toString(), script.toString(), String.valueOf(desk.getLocalPort()), how);
    }

    /** Microseconds: of the binds, and of binds and closes. */
    private record Figures(Samples binds, Samples both) {}

    private Map<Way, Figures> measure(Map<Way, Obedient> binders) throws IOException {
        var ways = Way.values();
        for (var way : ways) {
            var _ = way.measure(binder(binders, way), warmUp);
        }
        var values = new double[ways.length][2][rounds];
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < ways.length; i++) {
                int which = round % 2 == 0 ? i : ways.length - 1 - i;
                var figures = ways[which].measure(binder(binders, ways[which]), COUNT);
                values[which][0][round] = figures[0];
                values[which][1][round] = figures[1];
            }
        }
        var all = new EnumMap<Way, Figures>(Way.class);
        for (int i = 0; i < ways.length; i++) {
            all.put(ways[i], new Figures(new Samples(values[i][0]), new Samples(values[i][1])));
        }
        return all;
    }

    private static Obedient binder(Map<Way, Obedient> binders, Way way) {
        return Objects.requireNonNull(binders.get(way));
    }

    private static void report(Table table, Map<Way, Figures> all) {
        bind(table, all, "the JDK; `unique` in a worker", Way.JDK, Way.UNIQUE, Goal.atMost(1.5, "×"));
        bind(table, all, "Node without a cluster; the JDK", Way.NODE, Way.JDK, null);
        bind(table, all, "Node's `exclusive: true`; `unique`", Way.NODE_EXCLUSIVE, Way.UNIQUE, null);
        bind(table, all, "Node's shared; `node`", Way.NODE_SHARED, Way.NODES, null);
        bind(table, all, "Node's shared; `shared`", Way.NODE_SHARED, Way.SHARED, null);
        bind(table, all, "Node's shared; `sticky`", Way.NODE_SHARED, Way.STICKY, null);
        both(table, all, "Node's `exclusive: true`; `unique`", Way.NODE_EXCLUSIVE, Way.UNIQUE);
        both(table, all, "Node's shared; `node`", Way.NODE_SHARED, Way.NODES);
        both(table, all, "the JDK; a lease", Way.JDK, Way.LEASE);
    }

    private static void bind(
            Table table, Map<Way, Figures> all, String whose, Way one, Way other, Table.@Nullable Goal goal) {
        table.compare("`listen(0)`, µs: " + whose, "%.1f", figures(all, one).binds, figures(all, other).binds, goal);
    }

    private static void both(Table table, Map<Way, Figures> all, String whose, Way one, Way other) {
        table.compare(
                "the same with its close: " + whose, "%.1f", figures(all, one).both, figures(all, other).both, null);
    }

    private static Figures figures(Map<Way, Figures> all, Way way) {
        return Objects.requireNonNull(all.get(way));
    }
}
