package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.programs.Readying;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A reload waits until the new worker is ready, in the sense that the definition gives to the word. */
final class ReadinessTest {
    @TempDir
    private Path directory = Path.of("/tmp");

    private int port;
    private int second;
    private Path file = directory;
    private Daemons daemons;

    @BeforeEach
    void open() throws IOException {
        port = FreePort.any();
        second = FreePort.any();
        file = Files.writeString(directory.resolve("generations"), "1");
        daemons = new Daemons(directory);
    }

    @AfterEach
    void close() {
        daemons.close();
    }

    private void start(int secondPort, String ready) throws Exception {
        daemons.run("start", define(secondPort, ready, 60)).succeeded();
    }

    private String define(int secondPort, String ready, int timeout) throws IOException {
        var definition = Files.writeString(directory.resolve("netcluster.toml"), """
                name = "api"
                workers = 2
                command = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", "%s", "%s", "%s", "%d", "%d"]
                ready = "%s"
                ready-timeout = "%ds"
                drain-timeout = "10s"
                """.formatted(
                        Running.classPath(), Readying.class.getName(), file, port, secondPort, ready, timeout));
        return definition.toString();
    }

    /** All that answer are of the generation. */
    private void assertServed(String generation) throws IOException {
        for (int i = 0; i < 20; i++) {
            try (var connection = new KeepAliveLoad.Connection(port)) {
                assertThat(connection.get("any")).isEqualTo(generation);
            }
        }
    }

    /** The old workers answer well all the while, and so do probes that reach them. */
    @Test
    void onlyAnAnswerOfTheNewWorkerItselfMakesItReady() throws Exception {
        var ready = "http://127.0.0.1:" + port + "/health";
        start(0, ready);
        var before = daemons.workers("api");
        var _ = define(0, ready, 4);
        var failed = daemons.run("reload", "api").failed(1);
        assertThat(failed.err()).anyMatch(line -> line.contains("it has not answered at http://127.0.0.1:" + port));
        Running.await("the new one is gone", _ -> workers().equals(before));
        assertServed("1");

        Files.writeString(file, "1 3");
        var _ = define(0, ready, 60);
        daemons.run("reload", "api").succeeded();
        assertServed("3");
    }

    private java.util.List<Long> workers() {
        try {
            return daemons.workers("api");
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aConnectionThatTheNewWorkerAcceptsMakesItReady() throws Exception {
        start(0, "tcp://127.0.0.1:" + port);
        daemons.run("reload", "api").succeeded();
        assertServed("2");
    }

    @Test
    void allThatTheOldWorkerListensOnMustBeListenedOn() throws Exception {
        start(second, "all-listeners");
        awaitSecond();
        var _ = define(second, "all-listeners", 4);
        var failed = daemons.run("reload", "api").failed(1);
        assertThat(failed.err()).anyMatch(line -> line.contains("it has not opened all listeners of its predecessor"));
        new Socket(InetAddress.getLoopbackAddress(), second).close();

        Files.writeString(file, "1 3");
        var _ = define(second, "all-listeners", 60);
        daemons.run("reload", "api").succeeded();
        assertServed("3");
        new Socket(InetAddress.getLoopbackAddress(), second).close();
    }

    /** The first worker is ready by its first listener. */
    private void awaitSecond() {
        Running.await("both listen on the second port", _ -> {
            try {
                return daemons.describe("api")
                        .path("seats")
                        .valueStream()
                        .allMatch(seat -> seat.path("listeners").size() == 2);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }
}
