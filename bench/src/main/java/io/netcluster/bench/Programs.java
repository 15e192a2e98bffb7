package io.netcluster.bench;

import io.netcluster.bench.programs.WebServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** How the measured programs are started: plainly, or as workers; the words after {@code java} are the same. */
final class Programs {
    static final Pattern READY = Pattern.compile("READY (\\d+) (\\d+)");

    private final Path java;
    private final Path bench;
    private final Path cli;

    /**
     * Finds the jars, and makes a launcher that notes the time and becomes java.
     *
     * @param directory an empty directory for the launcher
     */
    Programs(Path home, Path directory) throws IOException {
        this.bench = existing(home.resolve("bench/target/netcluster-bench.jar"));
        this.cli = existing(home.resolve("cli/target/netcluster-cli.jar"));
        this.java = directory.resolve("java");
        var real = Path.of(System.getProperty("java.home"), "bin", "java");
        Files.writeString(java, """
                #!/bin/sh
                %1$s=$(date +%%s%%N)
                export %1$s
                exec '%2$s' "$@"
                """.formatted(WebServer.LAUNCHED, real));
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwx------"));
    }

    private static Path existing(Path jar) {
        if (!Files.exists(jar)) {
            throw new IllegalStateException(jar + " is missing; run bench/run, which builds it, or mvn package");
        }
        return jar;
    }

    /** The words that run a program of this module: java, options, the class, its arguments. */
    List<String> plain(List<String> options, Class<?> main, Object... arguments) {
        var words = new ArrayList<String>(List.of(java.toString()));
        // a heap of the same size for all, and no waiting for delayed acknowledgements (Nagle) in HttpServer
        words.addAll(List.of("-Xmx128m", "-Dsun.net.httpserver.nodelay=true"));
        words.addAll(options);
        if (!options.contains("-cp")) {
            words.addAll(List.of("-cp", bench.toString()));
        }
        words.add(main.getName());
        Arrays.stream(arguments).map(String::valueOf).forEach(words::add);
        return words;
    }

    /** The same program as so many workers. */
    List<String> cluster(int workers, List<String> options, Class<?> main, Object... arguments) {
        var words = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        words.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx128m")); // as ./netcluster does
        words.addAll(
                List.of("-jar", cli.toString(), "run", "-n", String.valueOf(workers), "--restart", "always", "--"));
        words.addAll(plain(options, main, arguments));
        return words;
    }

    /** The same as a primary of its own, which netcluster's library makes of it. */
    List<String> primary(Class<?> main, Object... arguments) throws IOException {
        var options = new ArrayList<>(List.of("--enable-native-access=ALL-UNNAMED"));
        options.addAll(withLibrary());
        return plain(options, main, arguments);
    }

    /** The options for a program that uses the library. */
    List<String> withLibrary() throws IOException {
        return List.of("-cp", bench + ":" + agent());
    }

    /** netcluster's jar, which is the agent: for a JVM that is no worker: it looks and goes. */
    Path agent() throws IOException {
        try (var jars = Files.list(cli.resolveSibling("lib"))) {
            return jars.filter(jar -> jar.getFileName().toString().startsWith("netcluster-"))
                    .findAny()
                    .orElseThrow();
        }
    }

    /** A port that was free just now. */
    static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
