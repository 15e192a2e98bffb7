package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.programs.PortTakers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Servers of all kinds, unmodified, start on leased ports while 4 processes take ports as fast as they can; beside it,
 * how many do not when they get a port that was free a moment ago.
 *
 * <p>In a network namespace of its own, since nobody else should suffer. {@code -Dnetcluster.starts=200} starts more.
 */
final class LeasedServersTest {
    private static final String STARTS = System.getProperty("netcluster.starts", "24");

    private Path directory = Path.of("/tmp");

    /** Not JUnit's own, which a server that runs as another user cannot enter. */
    @BeforeEach
    void directoryForEverybody() throws IOException {
        directory = Files.createTempDirectory("netcluster-leased");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        for (int i = 1; i <= 4; i++) {
            Files.createDirectory(directory.resolve(String.valueOf(i)));
        }
    }

    @AfterEach
    void removeIt() throws Exception {
        run(List.of("rm", "-r", directory.toString()));
    }

    private static void run(List<String> command) throws Exception {
        try (var running = Running.start(command, Map.of())) {
            assertThat(running.awaitExit())
                    .as(String.join(" ", command) + "\n" + String.join("\n", running.lines()))
                    .isZero();
        }
    }

    /** None that is started on a leased port fails. */
    private void assertAllStart(String server, String... command) throws Exception {
        var words = new ArrayList<>(OwnNetwork.command(
                Running.JAVA,
                "-cp",
                Running.classPath(),
                PortTakers.class.getName(),
                server,
                STARTS,
                directory.toString()));
        words.addAll(List.of(command));
        try (var takers = Running.start(words, Map.of())) {
            assertThat(takers.process().waitFor(10, TimeUnit.MINUTES)).isTrue();
            assertThat(takers.awaitExit()).as(String.join("\n", takers.lines())).isZero();
            System.out.println(String.join("\n", takers.lines()));
            assertThat(takers.lines())
                    .anyMatch(line -> line.startsWith(server + " on leased ports: 0 of " + STARTS + " failed"))
                    .anyMatch(line -> line.startsWith(server + " by bind, close, reuse: "));
        }
    }

    @Test
    void postgresql() throws Exception {
        var asPostgres = List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups");
        var first = directory.resolve("1/data").toString();
        run(List.of("chown", "-R", "postgres", directory.toString()));
        run(join(asPostgres, postgresqls("initdb"), "--no-sync", "--auth=trust", first));
        for (int i = 2; i <= 4; i++) {
            run(List.of("cp", "-a", first, directory.resolve(i + "/data").toString()));
        }

        assertAllStart(
                "POSTGRESQL",
                join(
                                asPostgres,
                                postgresqls("postgres"),
                                "-D",
                                "DIR/data",
                                "-p",
                                "PORT",
                                "-c",
                                "listen_addresses=127.0.0.1",
                                "-c",
                                "unix_socket_directories=",
                                "-c",
                                "fsync=off")
                        .toArray(String[]::new));
    }

    @Test
    void redis() throws Exception {
        assertAllStart("REDIS", "redis-server", "--port", "PORT", "--bind", "127.0.0.1", "--dir", "DIR", "--save", "");
    }

    @Test
    void nginx() throws Exception {
        assertAllStart("NGINX", "nginx", "-p", "DIR", "-c", "conf", "-e", "stderr");
    }

    @Test
    void theJdksFileServer() throws Exception {
        assertAllStart("JVM", Running.JAVA, "-m", "jdk.httpserver", "-b", "127.0.0.1", "-p", "PORT", "-d", "DIR");
    }

    @Test
    void node() throws Exception {
        assertAllStart(
                "NODE",
                Node.any(),
                "-e",
                "require('http').createServer((_, response) => response.end('ok'))"
                        + ".listen(PORT, '127.0.0.1', () => console.log('listening'))");
    }

    /** Of the latest version that is installed. */
    private static String postgresqls(String program) throws IOException {
        try (var versions = Files.list(Path.of("/usr/lib/postgresql"))) {
            return versions.map(version -> version.resolve("bin").resolve(program))
                    .max(Comparator.naturalOrder())
                    .orElseThrow()
                    .toString();
        }
    }

    private static List<String> join(List<String> prefix, String... more) {
        var all = new ArrayList<>(prefix);
        all.addAll(List.of(more));
        return all;
    }
}
