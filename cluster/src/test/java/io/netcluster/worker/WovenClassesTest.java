package io.netcluster.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WovenClassesTest {
    private static final byte[] ORIGINAL = {1, 2, 3};
    private static final byte[] WOVEN = {4, 5, 6, 7};

    @TempDir
    private Path directory = Path.of("/tmp");

    private WovenClasses worker(long id) {
        return new WovenClasses(directory.toFile(), id);
    }

    @Test
    void whatOneWorkerHasWovenAnotherFinds() {
        assertThat(worker(1).find("a/B", ORIGINAL)).isNull();
        worker(1).keep("a/B", ORIGINAL, WOVEN);
        assertThat(worker(2).find("a/B", ORIGINAL)).isEqualTo(WOVEN);
    }

    @Test
    void aClassOfAnotherJdkIsWovenAnew() {
        worker(1).keep("a/B", ORIGINAL, WOVEN);
        assertThat(worker(2).find("a/B", new byte[] {1, 2, 4})).isNull();
        assertThat(worker(2).find("a/C", ORIGINAL)).isNull();
    }

    @Test
    void whatIsHalfWrittenIsNotFound() throws Exception {
        worker(1).keep("a/B", ORIGINAL, WOVEN);
        try (var files = Files.list(directory)) {
            var whole = files.findFirst().orElseThrow();
            Files.move(whole, whole.resolveSibling(whole.getFileName() + ".1")); // as a worker that is writing has it
        }
        assertThat(worker(2).find("a/B", ORIGINAL)).isNull();
    }

    @Test
    void aDirectoryThatHasGoneIsNoError() throws Exception {
        Files.delete(directory);
        worker(1).keep("a/B", ORIGINAL, WOVEN);
        assertThat(worker(1).find("a/B", ORIGINAL)).isNull();
    }
}
