package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs in examples/ do what they say, started as their first lines say, from another directory. */
final class ExamplesTest {
    private static final Path EXAMPLES = Running.HOME.resolve("examples");

    private final int port;
    private final List<Guest> guests = new ArrayList<>();

    @TempDir
    private Path directory;

    ExamplesTest() throws IOException {
        port = FreePort.any();
    }

    @AfterEach
    void closeConnections() throws IOException {
        for (var guest : guests) {
            guest.close();
        }
    }

    @Test
    void twoWorkersThatListenOnPort0GetTwoPorts() throws Exception {
        try (var primary = run("TwoPorts.java")) {
            var ports = primary.await("^listening on port (\\d+)", 2).stream()
                    .map(line -> Integer.parseInt(line.group(1)))
                    .collect(Collectors.toSet());
            assertThat(ports).hasSize(2);

            for (int each : ports) {
                guests.add(new Guest(each)); // which the worker was waiting for: its main ends
            }

            assertThat(primary.await("^Exited\\[.*exit status 0\\]", 2)).hasSize(2);
            assertThat(primary.awaitExit()).isZero();
            assertThat(primary.lines("^! ")).isEmpty();
        }
    }

    @Test
    void severalProcessesServeHttpOnOnePortAndOneThatCrashesComesBack() throws Exception {
        try (var primary = run("SharedHttp.java", port, 2)) {
            primary.await("^worker \\d .* listens on ", 2);
            var first = new HashSet<String>();
            Running.await("both have served", _ -> {
                first.add(ask("GET", "/"));
                return first.size() == 2;
            });

            assertThat(ask("POST", "/crash")).isEmpty(); // no GET, which this client would repeat

            var replacement = primary.await("^worker (\\d) \\(pid (\\d+)\\) listens on ", 3)
                    .getLast();
            var greeting = "Hello from worker " + replacement.group(1) + ", process " + replacement.group(2) + "\n";
            assertThat(first).doesNotContain(greeting);
            Running.await("the replacement has served", _ -> {
                var answer = ask("GET", "/");
                assertThat(answer).startsWith("Hello from worker ");
                return answer.equals(greeting);
            });
            assertThat(primary.lines("^worker .* ended: ")).hasSize(1);
            assertWorkersEndWithTheir(primary);
        }
    }

    @Test
    void guestsOfAllWorkersHearEachOther() throws Exception {
        try (var primary = run("Chat.java", port, 2)) {
            primary.await("^worker \\d .* listens on ", 2);
            var served = new HashSet<String>();
            Running.await("both workers have guests", _ -> {
                var guest = enter("guest" + (guests.size() + 1));
                served.add(guest.read());
                return served.equals(Set.of("welcome to worker 1", "welcome to worker 2"));
            });
            var names = new TreeSet<String>();
            for (int i = 1; i <= guests.size(); i++) {
                names.add("guest" + i);
            }
            var ada = guests.getFirst();

            Running.await("the primary has heard of all", _ -> {
                ada.say("/who");
                return ada.read().equals(String.join(" ", names));
            });
            ada.say("good morning");

            for (var guest : guests) {
                assertThat(guest.read()).isEqualTo("guest1: good morning");
            }
            assertWorkersEndWithTheir(primary);
        }
    }

    @Test
    void objectsTravelAsJson() throws Exception {
        try (var primary = run("JsonMessages.java", 100_000, 3)) {
            assertThat(primary.awaitExit()).isZero();

            assertThat(primary.lines("^Result\\[slot=[123], task=Task\\[")).hasSize(3);
            assertThat(primary.lines()).hasSize(4).last().isEqualTo("9592 primes below 100000");
        }
    }

    @Test
    void aConnectionWhoseWorkerDiesIsServedByAnother() throws Exception {
        try (var primary = run("PassSocket.java", port, 2)) {
            primary.await("^accepting on ");
            var greetings = List.of(converse(), converse());
            assertThat(greetings)
                    .containsExactlyInAnyOrder("connection 1, served by worker 1", "connection 2, served by worker 2");
            var victim = Long.parseLong(
                    primary.await("^forked worker 1 \\(pid (\\d+)\\)").group(1));
            Running.signal("STOP", victim);

            var heard = new ConcurrentLinkedQueue<String>();
            for (int i = 0; i < 4; i++) {
                listenTo(connect(), heard);
            }
            Running.await("the other worker serves its two", _ -> heard.size() == 2);
            Running.signal("KILL", victim);
            Running.await("those that came back are served", _ -> heard.size() == 4);

            assertThat(heard.stream().map(line -> line.replaceAll(", .*", "")))
                    .containsExactlyInAnyOrder("connection 3", "connection 4", "connection 5", "connection 6");
            assertThat(primary.lines("^connection \\d came back from worker 1")).isNotEmpty();
            assertThat(primary.lines("is lost")).isEmpty();
            assertWorkersEndWithTheir(primary);
        }
    }

    /** As the examples say, with what they need on the class path, and with options that spare the machine. */
    private Running run(String example, Object... arguments) throws IOException {
        var command = new ArrayList<>(List.of(
                "env",
                "--chdir=" + directory,
                Running.JAVA,
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classPath(),
                EXAMPLES.resolve(example).toString()));
        Arrays.stream(arguments).map(String::valueOf).forEach(command::add);
        return Running.start(command, Map.of());
    }

    private static String classPath() throws IOException {
        try (var jars = Files.newDirectoryStream(Running.HOME.resolve("cluster/target"), "netcluster-*.jar")) {
            var all = new ArrayList<String>();
            for (var jar : jars) {
                all.add(jar.toString());
            }
            Arrays.stream(Running.classPath().split(File.pathSeparator))
                    .filter(entry -> entry.contains("jackson"))
                    .forEach(all::add);
            return String.join(File.pathSeparator, all);
        }
    }

    /** Whoever is told to end takes the workers along, which serve those who are there to the end. */
    private void assertWorkersEndWithTheir(Running primary) throws IOException, InterruptedException {
        closeConnections();
        var workers = primary.process().descendants().toList();
        assertThat(workers).isNotEmpty();
        primary.stop();
        Running.await("the workers have ended", _ -> workers.stream().noneMatch(ProcessHandle::isAlive));
    }

    /** By a client of its own, and so over a new connection; the empty text if the server does not answer. */
    private String ask(String method, String path) {
        var request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                .method(method, BodyPublishers.noBody())
                .timeout(Running.PATIENCE)
                .build();
        try (var client = HttpClient.newHttpClient()) {
            return client.send(request, BodyHandlers.ofString()).body();
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a test", e);
        }
    }

    private Guest connect() {
        try {
            var guest = new Guest(port);
            guests.add(guest);
            return guest;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Guest enter(String name) {
        var guest = connect();
        guest.say(name);
        return guest;
    }

    /** Says something, and returns how it was greeted. */
    private String converse() {
        var guest = connect();
        var greeting = guest.read();
        guest.say("good morning");
        assertThat(guest.read()).isEqualTo("GOOD MORNING");
        return greeting;
    }

    private static void listenTo(Guest guest, Queue<String> heard) {
        Thread.startVirtualThread(() -> heard.add(guest.read()));
    }

    /** A client that talks in lines. */
    private static final class Guest implements AutoCloseable {
        private final Socket socket;
        private final BufferedReader in;
        private final PrintStream out;

        Guest(int port) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout((int) Running.PATIENCE.toMillis());
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            out = new PrintStream(socket.getOutputStream(), true, StandardCharsets.UTF_8);
        }

        void say(String line) {
            out.println(line);
        }

        String read() {
            try {
                return String.valueOf(in.readLine());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
