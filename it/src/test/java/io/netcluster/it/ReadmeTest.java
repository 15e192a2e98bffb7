package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README shows works as it stands there; only a fixed port is another, and is free. */
final class ReadmeTest {
    private static final String COMMAND = Running.HOME.resolve("netcluster").toString();
    private static final String SHOWN_PORT = "8000";
    private static final Pattern BLOCK = Pattern.compile("^```(\\w+)\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);

    private final int port = FreePort.any();
    private final String readme;

    @TempDir
    private Path directory;

    ReadmeTest() throws IOException {
        readme = Files.readString(Running.HOME.resolve("README.md")).replace(SHOWN_PORT, String.valueOf(port));
    }

    /** The command builds itself when it is older than its sources, which takes longer than any test waits. */
    @BeforeAll
    static void theCommandIsBuilt() throws Exception {
        var command = new ProcessBuilder(COMMAND, "--version")
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD)
                .start();
        assertThat(command.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(command.exitValue()).isZero();
    }

    @Test
    void theFirstScreenShowsCommandsAndAProgram() {
        var lines = readme.lines().toList();

        assertThat(lines.indexOf("```sh")).as("line of the commands, from 0").isBetween(0, 28);
        assertThat(lines.indexOf("```java")).as("line of the program, from 0").isBetween(0, 28);
        assertThat(blocks("sh").getFirst().lines()).hasSize(2).contains("mvn verify");
    }

    @Test
    void theProgramThatForksForItselfRunsAsItStands() throws Exception {
        var program = blocks("java").getFirst();
        assertThat(Files.readString(Running.HOME.resolve("examples/TwoPorts.java")))
                .isEqualTo(program);

        try (var primary = Running.start(java(), Map.of())) {
            var ports = primary.await("^listening on port (\\d+)", 2).stream()
                    .map(line -> Integer.parseInt(line.group(1)))
                    .collect(Collectors.toSet());

            assertThat(ports).hasSize(2);
            for (int each : ports) {
                new Socket(InetAddress.getLoopbackAddress(), each).close();
            }
            assertThat(primary.awaitExit()).isZero();
        }
    }

    @Test
    void theFileServerRunsTwiceOnOnePort() throws Exception {
        try (var cluster = run("jdk.httpserver")) {
            assertThat(cluster.awaitListening(2))
                    .extracting(Running.Listening::port)
                    .containsOnly(port);
            // the server prints each request, and the primary puts the worker's slot before it
            Running.await("both have served", _ -> {
                ask();
                return printsRequests(cluster, 1) && printsRequests(cluster, 2);
            });

            assertThat(cluster.stop()).isZero();
        }
    }

    @Test
    void theProgramThatKnowsNothingRunsAsItStands() throws Exception {
        Files.writeString(directory.resolve("Hello.java"), blocks("java").getLast());

        try (var cluster = run("run", "Hello.java")) {
            var greetings = cluster.awaitListening(2).stream()
                    .map(worker -> "Hello from process " + worker.pid() + "\n")
                    .toList();
            var answers = new HashSet<String>();
            Running.await("both have served", _ -> {
                answers.add(ask());
                return answers.size() == 2;
            });

            assertThat(answers).containsExactlyInAnyOrderElementsOf(greetings);
            assertThat(cluster.stop()).isZero();
        }
    }

    @Test
    void theSameInTheBackgroundLivesFromStartToDelete() throws Exception {
        Files.writeString(directory.resolve("Hello.java"), blocks("java").getLast());
        var commands = blocks("sh").stream()
                .filter(block -> block.contains("start"))
                .flatMap(String::lines)
                .toList();
        assertThat(commands).hasSize(4);

        try (var daemons = new Daemons(directory)) {
            for (var command : commands) {
                try (var shown = run(List.of(command.split(" ")), daemons.environment())) {
                    assertThat(shown.awaitExit()).as(command).isZero();
                }
                assertThat(daemons.processes().isEmpty()).as(command).isEqualTo(command.contains("delete"));
            }
        }
    }

    @Test
    void aProgramGetsAFreePort() throws Exception {
        try (var redis = run("redis-server")) {
            redis.await("Ready to accept connections");
            int free = Integer.parseInt(redis.await("port=(\\d+)").group(1));
            try (var client = new Socket(InetAddress.getLoopbackAddress(), free)) {
                client.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.UTF_8));
                assertThat(client.getInputStream().readNBytes(5)).asString().isEqualTo("+PONG");
            }
            assertThat(redis.stop()).isZero();
        }
    }

    /** By the module's own tests. */
    @Test
    void theTestWithAFreePortIsOneThatRuns() throws Exception {
        assertThat(Files.readString(Running.HOME.resolve("junit/src/test/java/GreetingTest.java")))
                .isEqualTo(blocks("java").get(1));
    }

    private static boolean printsRequests(Running cluster, int slot) {
        return !cluster.lines("^\\[" + slot + "\\] .*\"GET / HTTP/1.1\" 200").isEmpty();
    }

    /** By a client of its own, and so over a new connection. */
    private String ask() {
        var request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/"))
                .timeout(Running.PATIENCE)
                .build();
        try (var client = HttpClient.newHttpClient()) {
            var response = client.send(request, BodyHandlers.ofString());
            assertThat(response.statusCode()).isEqualTo(200);
            return response.body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a test", e);
        }
    }

    /** Runs the one command of the README that has these words, in the test's directory. */
    private Running run(String... has) throws IOException {
        return run(command(has), Map.of());
    }

    private Running run(List<String> shown, Map<String, String> environment) throws IOException {
        assertThat(shown).startsWith("./netcluster");
        var command = new ArrayList<>(List.of("env", "--chdir=" + directory));
        command.addAll(shown);
        command.set(2, COMMAND);
        return Running.start(command, environment);
    }

    /** The command that starts the library's program, likewise: the java is this one, and the files are the checkout's. */
    private List<String> java() {
        var words = new ArrayList<>(List.of("env", "--chdir=" + directory));
        for (var word : command("java")) {
            words.add(word.contains("/") ? Running.HOME.resolve(word).toString() : word);
        }
        words.set(2, Running.JAVA);
        return words;
    }

    private List<String> command(String... has) {
        var shown = blocks("sh").stream()
                .flatMap(String::lines)
                .map(line -> List.of(line.split(" ")))
                .filter(words -> words.containsAll(List.of(has)))
                .toList();
        assertThat(shown).hasSize(1);
        return shown.getFirst();
    }

    private List<String> blocks(String language) {
        return BLOCK.matcher(readme)
                .results()
                .filter(block -> block.group(1).equals(language))
                .map(block -> block.group(2))
                .toList();
    }
}
