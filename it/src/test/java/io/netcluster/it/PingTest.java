package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.wire.Message.Ping;
import io.netcluster.wire.Message.Pong;
import io.netcluster.wire.Message.Reopen;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the primary can ask of any worker: a sign of life, and to write its output elsewhere. */
final class PingTest {
    @TempDir
    private Path directory = Path.of("/tmp");

    @Test
    void aPingIsAnsweredWithTheStateOfTheHeap() throws Exception {
        try (var primary = new FakePrimary(directory, false, "-Xmx96m")) {
            primary.done("pid");
            primary.say(new Ping(17));
            var pong = primary.await(Pong.class);
            assertThat(pong.number()).isEqualTo(17);
            assertThat(pong.heapMax()).isBetween(80L << 20, 96L << 20);
            assertThat(pong.heapUsed()).isBetween(1L, pong.heapMax());
        }
    }

    @Test
    void outputGoesOnInOtherFiles() throws Exception {
        try (var primary = new FakePrimary(directory, false)) {
            primary.done("pid");
            var out = directory.resolve("out.log");
            var err = directory.resolve("err.log");
            Files.writeString(err, "before\n");
            primary.say(new Reopen(out.toString(), err.toString()));
            ponged(primary, 1);
            primary.done("print first");
            assertThat(out).hasContent("first");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(out)))
                    .isEqualTo("rw-------");

            Files.move(out, directory.resolve("out.log.1"));
            primary.say(new Reopen(out.toString(), err.toString()));
            ponged(primary, 2);
            primary.done("print second");
            assertThat(directory.resolve("out.log.1")).hasContent("first");
            assertThat(out).hasContent("second");

            primary.say(new Reopen(directory.resolve("nowhere/out").toString(), err.toString()));
            ponged(primary, 3);
            primary.done("print third");
            assertThat(out).hasContent("second\nthird");
            assertThat(Files.readString(err))
                    .startsWith("before\n")
                    .contains("netcluster: this worker's output stays where it goes now: open(" + directory);
        }
    }

    /** Whoever has answered has done what it was told before. */
    private static void ponged(FakePrimary primary, int number) throws Exception {
        primary.say(new Ping(number));
        Running.await("pong", _ -> primary.heard(Pong.class).size() == number);
    }
}
