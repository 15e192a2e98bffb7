package io.netcluster.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** Where a named cluster lives. */
record ClusterPlace(String name, Path runtime, Path state) {
    private static final int LONGEST_SOCKET = 107; // unix(7)

    static ClusterPlace of(String name) throws IOException {
        return new ClusterPlace(name, runtimeRoot().resolve(name), stateRoot().resolve(name));
    }

    /** The names of all clusters that have something there. */
    static List<String> names() throws IOException {
        var names = new TreeSet<String>();
        for (var root : List.of(runtimeRoot(), stateRoot())) {
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

    private static Path runtimeRoot() throws IOException {
        var given = System.getenv("XDG_RUNTIME_DIR");
        if (given != null && given.startsWith("/") && Files.isWritable(Path.of(given))) {
            return Path.of(given, "netcluster");
        }
        return Path.of("/tmp/netcluster-" + Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    }

    private static Path stateRoot() {
        var given = System.getenv("XDG_STATE_HOME");
        var base = given != null && given.startsWith("/")
                ? Path.of(given)
                : Path.of(System.getProperty("user.home"), ".local", "state");
        return base.resolve("netcluster");
    }

    Path admin() {
        return runtime.resolve("admin");
    }

    Path lockFile() {
        return runtime.resolve("lock");
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

    /** Makes the directories, or refuses those that are there. */
    void make() throws IOException {
        if (admin().toString().length() > LONGEST_SOCKET) {
            throw new IOException("the path " + admin() + " is too long for a socket: choose a shorter name");
        }
        Files.createDirectories(stateRoot().resolve("..").normalize());
        for (var directory : List.of(runtimeRoot(), runtime, stateRoot(), state, logs())) {
            if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
                Files.createDirectory(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
            if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
                throw new IOException(directory + " is no directory");
            }
        }
    }
}
