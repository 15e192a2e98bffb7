package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.programs.Chatter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What workers print is in their slots' files, every line once and in order, however often these are rotated. */
final class LogsTest {
    private static final int SIZE = 64 * 1024;

    @TempDir
    private Path directory = Path.of("/tmp");

    @Test
    void everyLineIsKeptOverRotationsReloadsAndCrashes() throws Exception {
        try (var cluster = cluster(2, SIZE + ":1000:true:1000000000", chatter(10))) {
            var log = new SlotLog(logs(), "worker-1.out");
            cluster.start();
            awaitCompressed(log, 3);
            cluster.reload();
            cluster.primary().await("reload to generation 2 is complete");
            awaitCompressed(log, 6);
            Running.signal("KILL", cluster.pids().get(1));
            awaitCompressed(log, 9);
            cluster.stop();
            for (var stream : List.of("worker-1.out", "worker-1.err", "worker-2.out", "worker-2.err")) {
                assertThat(new SlotLog(logs(), stream).counted())
                        .as(stream)
                        .hasSize(stream.contains("1") ? 3 : 2)
                        .allSatisfy((worker, lines) -> assertThat(lines).isGreaterThan(100));
            }
            for (var name : log.files()) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(logs().resolve(name))))
                        .as(name)
                        .isEqualTo("rw-------");
            }
        }
    }

    @Test
    void everyLineIsKeptThoughThePrimaryIsKilledAgainAndAgain() throws Exception {
        try (var cluster = cluster(2, SIZE + ":1000:true:1000000000", chatter(5))) {
            var log = new SlotLog(logs(), "worker-1.out");
            cluster.start();
            for (int kill = 0; kill < 5; kill++) {
                int before = log.files().size();
                Running.await("a rotation", _ -> log.files().size() > before + 1); // and perhaps amid the next one
                cluster.kill();
                cluster.adopt(2);
            }
            awaitCompressed(log, 10);
            cluster.stop();
            for (var stream : List.of("worker-1.out", "worker-1.err", "worker-2.out", "worker-2.err")) {
                assertThat(new SlotLog(logs(), stream).counted())
                        .as(stream)
                        .hasSize(1)
                        .allSatisfy((worker, lines) -> assertThat(lines).isGreaterThan(1000));
            }
            try (var left = Files.list(logs())) {
                assertThat(left.map(file -> file.getFileName().toString())).noneMatch(name -> name.endsWith(".part"));
            }
        }
    }

    /** The script's loop cannot be told of a new file: it goes on in the old one, which is left as it is. */
    @Test
    void whoCannotBeToldGoesOnInTheOldFileWhichIsKept() throws Exception {
        var script = directory.resolve("script");
        Files.writeString(script, """
                #!/bin/sh
                (i=1; while sleep 0.02; do echo "script $i x"; i=$((i+1)); done) &
                "$@"
                kill $!
                """);
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        var java = chatter(10);
        var command = new String[java.length + 2];
        command[0] = "--";
        command[1] = script.toString();
        command[2] = Running.JAVA;
        System.arraycopy(java, 1, command, 3, java.length - 1);
        try (var cluster = cluster(1, SIZE + ":2:true:1000000000", command)) {
            var log = new SlotLog(logs(), "worker-1.out");
            cluster.start();
            awaitCompressed(log, 2);
            var first = log.files().getFirst();
            assertThat(log.plain()).contains(first);
            Running.await("rotated thrice more", _ -> log.files().size() >= 4 && isAfter(log, 3, first));
            assertThat(log.plain()).contains(first);
            assertThat(Files.readString(logs().resolve(first))).contains("script 2 x\n", "script 50 x\n");
            assertThat(log.files()).hasSizeLessThanOrEqualTo(5); // it, two compressed, one that is, and the present
            cluster.stop();
        }
    }

    private static boolean isAfter(SlotLog log, int rotations, String first) {
        var second = log.files().get(1);
        return !second.equals(first) && second.compareTo(stampOf(first) + rotations) > 0 && log.compressed() >= 2;
    }

    private static String stampOf(String name) {
        return name.substring(0, name.length() - 2); // without the last digit of the seconds, and Z
    }

    @Test
    void allTogetherStayWithinTheirBound() throws Exception {
        long most = 600_000;
        try (var cluster = cluster(2, "1000000:1000:false:" + most, chatter(2))) {
            var log = new SlotLog(logs(), "worker-1.out");
            cluster.start();
            Running.await("rotated", _ -> log.files().size() >= 2);
            var first = log.files().getFirst();
            Running.await("deleted", _ -> !log.files().contains(first));
            assertThat(total()).isLessThan(most * 3 / 2); // between two looks, some more may come
            cluster.stop();
        }
    }

    private long total() throws IOException {
        try (var files = Files.list(logs())) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        }
    }

    @Test
    void aFullDiskIsSaidOnceAndWhenThereIsRoomAllGoesOn() throws Exception {
        Files.createDirectories(logs());
        var mount = "mount -t tmpfs -o size=2m none '" + logs() + "' && exec \"$@\"";
        try (var cluster = cluster(1, "300000:1000:false:1000000000", chatter(2))
                .by("unshare", "--mount", "--propagation", "private", "sh", "-c", mount, "sh")) {
            var primary = cluster.start();
            primary.await("the disk of .* is full: what workers print is lost until there is room");
            long worker = cluster.pids().get(1);
            var seen = Path.of("/proc", String.valueOf(primary.pid()), "root")
                    .resolve(logs().toString().substring(1));
            for (var stream : List.of("worker-1.out", "worker-1.err")) {
                var rotated = new SlotLog(seen, stream).plain();
                assertThat(rotated).isNotEmpty(); // none has been deleted
                for (var name : rotated) {
                    Files.delete(seen.resolve(name));
                }
            }
            primary.await("the disk of .* is full", 2);
            assertThat(primary.lines("is full")).hasSize(2);
            assertThat(primary.lines("mistake of netcluster|cannot")).isEmpty();
            assertThat(cluster.pids()).containsEntry(1, worker);
            cluster.stop();
        }
    }

    @Test
    void whatThePrimarySaysIsRotatedToo() throws Exception {
        Files.createDirectories(logs());
        var own = logs().resolve("primary.log");
        Files.writeString(own, "x".repeat(SIZE));
        try (var cluster = cluster(1, SIZE + ":5:true:1000000000", chatter(100))
                .by("sh", "-c", "exec \"$@\" >>'" + own + "' 2>&1", "sh")) {
            cluster.start();
            awaitCompressed(new SlotLog(logs(), "primary.log"), 1);
            Running.await("a worker", _ -> Files.exists(cluster.home().resolve("state")));
            Running.signal("KILL", cluster.pids().get(1));
            Running.await("news", _ -> said(own).contains("was ended by signal 9"));
            assertThat(said(own)).doesNotContain("xxx");
            cluster.stop();
        }
    }

    private static String said(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path logs() {
        return directory.resolve("logs");
    }

    private static String[] chatter(int rest) {
        return Running.program(Chatter.class, rest);
    }

    private NamedCluster cluster(int workers, String policy, String... program) throws IOException {
        Files.createDirectories(logs());
        return new NamedCluster(directory, workers, "", program)
                .with("logs", logs())
                .with("log-policy", policy);
    }

    private static void awaitCompressed(SlotLog log, int files) {
        Running.await(files + " compressed", _ -> log.compressed() >= files);
    }
}
