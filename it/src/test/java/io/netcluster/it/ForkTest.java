package io.netcluster.it;

import static io.netcluster.it.Attended.answer;
import static io.netcluster.it.Attended.ask;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netcluster.Cluster;
import io.netcluster.Event;
import io.netcluster.Exit;
import io.netcluster.WorkerOptions;
import io.netcluster.it.programs.Attendant;
import io.netcluster.it.programs.Echo;
import io.netcluster.it.programs.Nested;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Workers are run as they are forked, each in its own way; clusters do not know each other. */
final class ForkTest {
    private static final WorkerOptions DEFAULTS = WorkerOptions.defaults();

    @TempDir
    private Path directory = Path.of("/tmp");

    @Test
    void eachWorkerHasItsEnvironmentArgumentsOptionsAndDirectory() throws Exception {
        try (var attended = new Attended()) {
            var plain = attended.fork();
            var special = attended.fork(DEFAULTS.environment("COLOUR", "blue")
                    .arguments("first", "a second")
                    .jvmOptions("-Dshape=round")
                    .jvmOptions("-Dsize=big")
                    .directory(directory));

            assertThat(ask(special, "environment COLOUR")).isEqualTo("blue");
            assertThat(ask(special, "environment PATH")).isEqualTo(System.getenv("PATH"));
            assertThat(ask(special, "arguments")).endsWith(Attendant.class.getName() + " first a second ");
            assertThat(ask(special, "property shape")).isEqualTo("round");
            assertThat(ask(special, "property size")).isEqualTo("big");
            assertThat(ask(special, "directory")).isEqualTo(directory.toString());
            assertThat(ask(plain, "environment COLOUR")).isEqualTo("null");
            assertThat(ask(plain, "arguments")).endsWith(Attendant.class.getName() + " ");
            assertThat(ask(plain, "property shape")).isEqualTo("null");
            assertThat(ask(plain, "directory"))
                    .isEqualTo(Path.of("").toAbsolutePath().toString());
            assertThat(ask(plain, "user")).isEqualTo(ask(special, "user"));
        }
    }

    /** It binds what only the primary may bind, and the primary's other workers share it. */
    @Test
    void aWorkerMayRunAsAnotherUser() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        var classes = Files.createDirectories(directory.resolve("io/netcluster/it/programs"));
        var programs = Path.of("target/test-classes/io/netcluster/it/programs");
        try (var files = Files.list(programs)) {
            for (var file : files.toList()) {
                Files.copy(file, classes.resolve(file.getFileName()));
            }
        }
        var jar = Files.copy(ours(), directory.resolve("netcluster.jar"));
        var options = Attended.options().command(Running.JAVA, "-cp", directory + ":" + jar, Attendant.class.getName());
        try (var attended = new Attended(options)) {
            var nobody = attended.fork(DEFAULTS.user(65534, 65533).directory(Path.of("/")));
            var root = attended.fork();
            assertThat(ask(nobody, "user")).isEqualTo("65534 65533");
            assertThat(ask(root, "user")).isEqualTo("0 0");
            int port = FreePort.any();
            ask(nobody, "open a socket 127.0.0.1 " + port);
            ask(root, "open a socket 127.0.0.1 " + port);
            assertThat(new Ledger(port).connect(50, 8).lost()).isEmpty();
            assertThat(nobody.disconnect(Duration.ofMinutes(1)))
                    .succeedsWithin(Duration.ofSeconds(20))
                    .isEqualTo(new Exit(0));
            assertThat(root.disconnect(Duration.ofMinutes(1)))
                    .succeedsWithin(Duration.ofSeconds(20))
                    .isEqualTo(new Exit(0));
        }
    }

    private static Path ours() throws Exception {
        return Path.of(Cluster.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
    }

    @Test
    void aWorkersStreamsArePipesOrFiles() throws Exception {
        try (var attended = new Attended(Attended.options(Echo.class))) {
            var file = directory.resolve("err");
            var worker = attended.fork(
                    DEFAULTS.stdin(Redirect.PIPE).stdout(Redirect.PIPE).stderr(Redirect.to(file.toFile())));
            var reader = new BufferedReader(new InputStreamReader(worker.stdout(), StandardCharsets.UTF_8));
            worker.stdin().write("one\n".getBytes(StandardCharsets.UTF_8));
            worker.stdin().flush();
            assertThat(reader.readLine()).isEqualTo("out one");
            worker.stdin().write("two\n".getBytes(StandardCharsets.UTF_8));
            worker.stdin().close();
            assertThat(reader.readLine()).isEqualTo("out two");
            assertThat(reader.readLine()).isNull();
            assertThat(worker.exited().get(10, TimeUnit.SECONDS).status()).isZero();
            assertThat(Files.readAllLines(file)).containsExactly("err one", "err two");
            assertThat(worker.stderr().read()).as("not a pipe").isEqualTo(-1);

            var said = attended.fork(DEFAULTS.stdin(Redirect.from(file.toFile()))
                    .stdout(Redirect.DISCARD)
                    .stderr(Redirect.PIPE));
            assertThat(new String(said.stderr().readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo("err err one\nerr err two\n");
        }
    }

    @Test
    void aWorkersStreamsMayBeThePrimarys() throws Exception {
        try (var running = Launch.java(Echo.class, "fork")) {
            try (var in = running.process().getOutputStream()) {
                in.write("hello\n".getBytes(StandardCharsets.UTF_8));
            }
            assertThat(running.awaitExit()).isZero();
            assertThat(Launch.lines(running)).containsExactlyInAnyOrder("out hello", "! err hello");
        }
    }

    @Test
    void eachClusterHasPortsOfItsOwn() throws Exception {
        int port = FreePort.any();
        try (var first = new Attended();
                var second = new Attended()) {
            var a = first.fork();
            var b = second.fork();
            assertThat(b.id()).isEqualTo(1);
            assertThat(b.slot()).isEqualTo(1);
            ask(a, "open x socket 127.0.0.1 " + port);
            assertThat(answer(b, "open x socket 127.0.0.1 " + port))
                    .isEqualTo("failed java.net.BindException: Address already in use");
            ask(first.fork(), "open x socket 127.0.0.1 " + port);
            first.close();
            assertThat(ask(b, "open x socket 127.0.0.1 " + port)).isEqualTo("" + port);
        }
    }

    @Test
    void aWorkerMayBeThePrimaryOfAnotherCluster() throws Exception {
        var ports = List.of("-Douter=" + FreePort.any(), "-Dinner=" + FreePort.any());
        try (var running = Launch.java(Map.of(), ports, Nested.class)) {
            assertThat(running.awaitExit()).isZero();
            assertThat(Launch.lines(running))
                    .containsExactlyInAnyOrder("outer 1 true", "outer 2 true", "inner 1 true", "inner 2 true");
            assertThat(running.lines("has been called by"))
                    .as("the outermost primary's alone")
                    .hasSizeLessThan(2);
        }
    }

    @Test
    void whatCannotBeStartedIsAnExceptionAndLeavesNothing() throws Exception {
        try (var attended = new Attended(Attended.options().command("/no/such/server"))) {
            assertThatThrownBy(attended::fork)
                    .isInstanceOf(IOException.class)
                    .hasMessage("cannot run /no/such/server: there is no such program, or it may not be executed");
            assertThat(attended.cluster().workers()).isEmpty();
            assertThat(attended.cluster().awaitExit(Duration.ZERO)).isTrue();
        }
        var older = OlderJava.find();
        try (var attended = new Attended(Attended.options().command(older, "-version"))) {
            assertThatThrownBy(attended::fork)
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("a worker needs Java 25 or later, and " + older + " is Java ");
        }
        try (var attended = new Attended()) {
            assertThatThrownBy(() -> attended.fork(DEFAULTS.directory(directory.resolve("none"))))
                    .isInstanceOf(IOException.class)
                    .hasMessage("workers cannot work in " + directory.resolve("none") + ": it is no directory");
            assertThatThrownBy(() -> attended.fork(DEFAULTS.stdin(
                            Redirect.from(directory.resolve("none").toFile()))))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(directory.resolve("none").toString());
            assertThat(attended.cluster().workers()).isEmpty();
            var worker = attended.fork();
            assertThat(worker.slot()).isEqualTo(1);
            assertThat(ask(worker, "identity")).contains(" 1 1 ");
        }
    }

    @Test
    void aClosedClusterForksNothing() throws Exception {
        var unused = new Attended();
        unused.close();
        assertThatThrownBy(unused::fork)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the cluster netcluster has been closed");
        var attended = new Attended();
        var worker = attended.fork();
        attended.close();
        attended.close();
        assertThatThrownBy(attended::fork).isInstanceOf(IllegalStateException.class);
        assertThat(attended.events(worker)).hasAtLeastOneElementOfType(Event.Exited.class);
        worker.kill();
        assertThat(worker.disconnect()).isCompleted();
    }
}
