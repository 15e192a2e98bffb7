package io.netcluster.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Runs all measurements and prints one table: medians, and in parentheses the quartiles.
 *
 * <p>Arguments: {@code --quick} for fewer and shorter rounds, and the names of parts (binds, ports, starts, messages, load)
 * to run only those.
 */
public final class Main {
    private Main() {}

    /** Measures; takes some minutes. */
    public static void main(String[] arguments) throws Exception {
        var words = List.of(arguments);
        boolean quick = words.contains("--quick");
        long start = System.nanoTime();
        var directory = Files.createTempDirectory("netcluster-bench-");
        try {
            var programs = new Programs(Path.of(System.getProperty("netcluster.home", ".")), directory);
            var table = new Table();
            if (wants(words, "binds")) {
                new Binds(programs, quick ? 9 : 25, quick ? 1_000 : 3_000).run(table);
            }
            if (wants(words, "starts")) {
                new Starts(programs, directory, quick ? 7 : 21).run(table);
            }
            var node = Path.of(System.getProperty("netcluster.node", ""));
            boolean hasNode = Files.isExecutable(node) && Files.isRegularFile(node);
            if (wants(words, "ports") && hasNode) {
                new Ports(programs, node, directory, quick ? 9 : 25, quick ? 1_000 : 3_000).run(table);
            }
            if (wants(words, "messages") && hasNode) {
                new Messages(programs, node, directory, quick ? 5 : 15).run(table);
            }
            if (!hasNode && (wants(words, "ports") || wants(words, "messages"))) {
                System.err.println(
                        "there is no Node 26, so neither ports nor messages are measured beside it: bench/run"
                                + " installs it by npm");
            }
            if (wants(words, "load")) {
                if (Load.isPossible()) {
                    new Load(programs, 2, quick ? 1 : 2).run(table);
                } else {
                    System.err.println("wrk is not on the PATH, so nothing is measured under load: apt install wrk");
                }
            }
            System.out.println(table);
            System.out.printf(
                    Locale.ROOT,
                    "%nJava %s, Linux %s, %d processors, %.0f s.%n",
                    Runtime.version(),
                    System.getProperty("os.version"),
                    Runtime.getRuntime().availableProcessors(),
                    (System.nanoTime() - start) / 1e9);
        } finally {
            delete(directory);
        }
    }

    private static boolean wants(List<String> words, String part) {
        return words.contains(part) || words.stream().allMatch(word -> word.startsWith("--"));
    }

    private static void delete(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
