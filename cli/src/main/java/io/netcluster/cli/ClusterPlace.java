package io.netcluster.cli;

import io.netcluster.primary.ClusterHome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** Where a named cluster lives. */
record ClusterPlace(String name, Path runtime, Path state) {
    private static final String ANY = "any";

    static ClusterPlace of(String name) throws IOException {
        return new ClusterPlace(name, ClusterHome.runtime(name), ClusterHome.state(name));
    }

    /** The names of all clusters that have something there. */
    static List<String> names() throws IOException {
        var names = new TreeSet<String>();
        for (var root : List.of(
                of(ANY).runtime.resolve("..").normalize(),
                of(ANY).state.resolve("..").normalize())) {
            if (Files.isDirectory(root)) {
                try (var directories = Files.list(root)) {
                    directories
                            .map(each -> each.getFileName().toString())
                            .filter(each ->
                                    ConfigurationReader.NAME.matcher(each).matches())
                            .forEach(names::add);
                }
            }
        }
        return new ArrayList<>(names);
    }

    /** Whether workers live there; if no primary does, they wait for the next one. */
    boolean hasWorkers() throws IOException {
        return ClusterHome.hasWorkers(name);
    }

    Path admin() {
        return runtime.resolve("admin");
    }

    Path definition() {
        return state.resolve("definition.toml");
    }

    /** Where its AOT caches are. */
    Path caches() {
        return state.resolve("aot");
    }

    /** What the primary of a background cluster says. */
    Path primaryLog() {
        return logs().resolve("primary.log");
    }

    Path logs() {
        return state.resolve("logs");
    }
}
