package io.netcluster.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether anybody can still write to a file. */
final class WritersTest {
    @TempDir
    private Path directory = Path.of("/tmp");

    @Test
    void whoHasItOpenForWritingIsSeenByAnyName() throws Exception {
        var file = Files.createFile(directory.resolve("file"));
        assertThat(Writers.exist(file)).isFalse();
        try (var _ = new FileOutputStream(file.toFile(), true)) {
            assertThat(Writers.exist(file)).isTrue();
            assertThat(Writers.areSeen(file)).isTrue();
            var renamed = Files.move(file, directory.resolve("renamed"));
            assertThat(Writers.exist(renamed)).isTrue();
            assertThat(Writers.areSeen(renamed)).isTrue();
            Files.move(renamed, file);
        }
        assertThat(Writers.exist(file)).isFalse();
        assertThat(Writers.areSeen(file)).isFalse();
    }

    @Test
    void anotherProcessIsSeenAndNoReader() throws Exception {
        var file = Files.createFile(directory.resolve("file"));
        try (var _ = new FileInputStream(file.toFile())) {
            assertThat(Writers.exist(file)).isFalse();
            assertThat(Writers.areSeen(file)).isFalse();
        }
        var process = new ProcessBuilder("cat").redirectOutput(file.toFile()).start();
        try {
            assertThat(Writers.exist(file)).isTrue();
            assertThat(Writers.areSeen(file)).isTrue();
        } finally {
            process.getOutputStream().close(); // ends it
            process.waitFor();
        }
        assertThat(Writers.exist(file)).isFalse();
    }

    @Test
    void aFileThatIsGoneIsAnError() {
        assertThatThrownBy(() -> Writers.exist(directory.resolve("nothing")))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("nothing");
    }
}
