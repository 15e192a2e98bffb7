package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
            assertThat(Sockets.listening(port)).isEmpty();

            // what is granted too late goes back, and asking again works
            puppets.running().signal("CONT");
            Running.await("the port is free again", _ -> {
                try {
                    return !puppets.tell(1, "open b socket 127.0.0.1 " + port).startsWith("failed");
                } catch (IOException e) {
                    return false;
                }
            });
            assertThat(new Ledger(port).connect(20, 4).lost()).isEmpty();
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
            for (int slot = 1; slot <= 2; slot++) {
                long hook = Long.parseLong(Files.readString(directory.resolve("hook-" + slot)));
                assertThat(hook - start).as("its shutdown hooks run").isLessThan(1_000);
            }
            assertThat(Sockets.listening(port)).isEmpty();
        }
    }

    private static ProcessHandle handle(long pid) {
        return ProcessHandle.of(pid).orElseThrow();
    }
}
