package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A primary that is slow or gone: no private bind, no worker left behind. */
final class PrimaryLostTest {
    @Test
    void aBindThatIsNotAnsweredFailsAndNothingIsBound() throws Exception {
        int port = FreePort.any();
        var impatient = List.of("-Dnetcluster.answerTimeoutMillis=500");
        try (var puppets = Puppets.start(List.of(), Map.of(), impatient, 1)) {
            puppets.running().signal("STOP");
            var answer = puppets.tell(1, "open a socket 127.0.0.1 " + port);
            assertThat(answer).startsWith("failed java.net.BindException: netcluster: ");
            assertThat(answer)
                    .contains("slow or gone")
                    .contains("within 500 ms")
                    .contains("nothing was bound");
            assertThat(KernelSockets.on(port)).isEmpty();

            // the primary wakes up and grants it too late: it goes back, and asking again works
            puppets.running().signal("CONT");
            assertThat(puppets.done(1, "cycle 3 127.0.0.1 " + FreePort.any())).isEqualTo("3");
            assertThat(KernelSockets.on(port)).isEmpty();
            puppets.done(1, "open b socket 127.0.0.1 " + port);
            assertThat(new Ledger(port).connect(20, 4).lost()).isEmpty();
        }
    }

    @Test
    void theProgramsSocketCanBeBoundAgain() throws Exception {
        int port = FreePort.any();
        var impatient = List.of("-Dnetcluster.answerTimeoutMillis=500");
        try (var puppets = Puppets.start(List.of(), Map.of(), impatient, 1)) {
            puppets.running().signal("STOP");
            assertThat(puppets.tell(1, "hold a 127.0.0.1 " + port))
                    .startsWith("failed java.net.BindException: netcluster");
            puppets.running().signal("CONT");
            assertThat(puppets.done(1, "cycle 3 127.0.0.1 " + FreePort.any())).isEqualTo("3");
            assertThat(KernelSockets.on(port)).as("the socket that was offered").isEmpty();
            assertThat(puppets.done(1, "rebind a 127.0.0.1 " + port)).isEqualTo(String.valueOf(port));
            assertThat(KernelSockets.on(port)).hasSize(1);
        }
    }

    @Test
    void aPrimaryThatDiesDuringABindIsABindException() throws Exception {
        try (var puppets = Puppets.start(1)) {
            var answer = new CompletableFuture<String>();
            int port = FreePort.any();
            puppets.running().signal("STOP");
            Thread.ofVirtual().start(() -> {
                try {
                    answer.complete(puppets.tell(1, "open a socket 127.0.0.1 " + port));
                } catch (IOException e) {
                    answer.completeExceptionally(e);
                }
            });
            Running.await(
                    "the worker waits", _ -> told(puppets, "waits in Link").equals("true"));
            puppets.running().signal("KILL");
            assertThat(answer.get(10, TimeUnit.SECONDS)).startsWith("failed java.net.BindException: netcluster");
        }
    }

    private static String told(Puppets puppets, String command) {
        try {
            return puppets.tell(1, command);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void listenersOfOnesOwnDoNotWaitForThePrimary() throws Exception {
        try (var puppets = Puppets.start(1)) {
            puppets.running().signal("STOP");
            assertThat(puppets.done(1, "cycle 200 127.0.0.1 0")).isEqualTo("200");
            puppets.running().signal("CONT");
        }
    }

    @Test
    void whenThePrimaryIsKilledItsWorkersEndGracefullyWithinASecond(@TempDir Path directory) throws Exception {
        long millis = Long.MAX_VALUE;
        for (int round = 0; round < 3 && millis >= 1_000; round++) { // what else the machine does makes it later only
            millis = millisUntilHooksRun(Files.createDirectory(directory.resolve("round-" + round)));
        }
        assertThat(millis).as("until their shutdown hooks run").isLessThan(1_000);
    }

    private static long millisUntilHooksRun(Path directory) throws Exception {
        int port = FreePort.any();
        try (var puppets = Puppets.start(2)) {
            puppets.done(1, "open a selector 127.0.0.1 " + port);
            for (int slot = 1; slot <= 2; slot++) {
                puppets.done(slot, "hook " + directory.resolve("hook-" + slot));
            }
            var workers = List.of(handle(puppets.pid(1)), handle(puppets.pid(2)));

            long start = System.currentTimeMillis();
            puppets.running().signal("KILL");

            for (var worker : workers) {
                worker.onExit().get(10, TimeUnit.SECONDS);
            }
            assertThat(KernelSockets.on(port)).isEmpty();
            long last = 0;
            for (int slot = 1; slot <= 2; slot++) {
                last = Math.max(last, Long.parseLong(Files.readString(directory.resolve("hook-" + slot))));
            }
            return last - start;
        }
    }

    private static ProcessHandle handle(long pid) {
        return ProcessHandle.of(pid).orElseThrow();
    }
}
