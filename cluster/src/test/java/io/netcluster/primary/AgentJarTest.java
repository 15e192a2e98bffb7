package io.netcluster.primary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.jar.JarFile;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AgentJarTest {
    private static final Path CLASSES = Path.of("target/classes").toAbsolutePath();

    @TempDir
    private Path directory = Path.of("/tmp");

    private Path made = directory;

    @BeforeEach
    void name() {
        made = directory.resolve("netcluster.jar");
    }

    private void assertMade(URI source) throws IOException {
        assertThat(AgentJar.of(source, made, false)).isEqualTo(made);
        assertThat(AgentJar.isAgent(made)).isTrue();
        assertThat(mode(made)).isEqualTo("r--------");
        try (var jar = new JarFile(made.toFile())) {
            assertThat(jar.getEntry("io/netcluster/worker/Premain.class")).isNotNull();
            assertThat(jar.getEntry("META-INF/netcluster/sun/nio/ch/ClusterSockets.class"))
                    .isNotNull();
            assertThat(jar.getEntry("META-INF/netcluster/sun/nio/ch/ClusterChannels.class"))
                    .isNotNull();
            var attributes = jar.getManifest().getMainAttributes();
            assertThat(attributes.getValue("Can-Redefine-Classes")).isEqualTo("true");
            assertThat(attributes.getValue("Can-Retransform-Classes")).isEqualTo("true");
        }
        assertThat(directory.resolve("netcluster.jar.part")).doesNotExist();
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    /** netcluster's own jar. */
    private Path jar() throws IOException {
        return AgentJar.of(
                CLASSES.toUri(), Files.createDirectory(directory.resolve("own")).resolve("n.jar"), false);
    }

    @Test
    void aJarThatIsAnAgentIsUsedAsItIs() throws Exception {
        var jar = jar();
        assertThat(AgentJar.of(jar.toUri(), made, false)).isEqualTo(jar);
        assertThat(AgentJar.of(URI.create("jar:" + jar.toUri() + "!/"), made, false))
                .isEqualTo(jar);
        assertThat(made).doesNotExist();
    }

    @Test
    void forAnotherUserItIsCopied() throws Exception {
        assertThat(AgentJar.of(jar().toUri(), made, true)).isEqualTo(made);
        assertThat(mode(made)).isEqualTo("r--r--r--");
        assertThat(AgentJar.isAgent(made)).isTrue();
    }

    @Test
    void aFolderOfClassesBecomesAJar() throws Exception {
        assertMade(CLASSES.toUri());
    }

    @Test
    void aProgramThatHasOurClassesInsideBecomesAJarOfOurs() throws Exception {
        var fat = directory.resolve("my app.jar");
        try (var zip = new ZipOutputStream(Files.newOutputStream(fat));
                var files = Files.walk(CLASSES)) {
            for (var file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                zip.putNextEntry(new ZipEntry(CLASSES.relativize(file).toString()));
                Files.copy(file, zip);
            }
            zip.putNextEntry(new ZipEntry("app/Main.class"));
        }
        assertMade(fat.toUri());
        try (var jar = new JarFile(made.toFile())) {
            assertThat(jar.getEntry("app/Main.class")).isNull();
        }
    }

    @Test
    void aJarInAJarIsTakenOutOfIt() throws Exception {
        var app = directory.resolve("my app.jar");
        try (var zip = new ZipOutputStream(Files.newOutputStream(app))) {
            stored(zip, "BOOT-INF/lib/netcluster-1.jar", Files.readAllBytes(jar()));
        }
        var path = app.toUri().getRawPath();
        assertMade(URI.create("jar:nested:" + path + "/!BOOT-INF/lib/netcluster-1.jar!/"));
        Files.delete(made);
        assertMade(URI.create("jar:file:" + path + "!/BOOT-INF/lib/netcluster-1.jar!/"));
        Files.delete(made);
        assertThatThrownBy(() -> assertMade(URI.create("jar:nested:" + path + "/!BOOT-INF/lib/other.jar!/")))
                .isInstanceOf(IOException.class)
                .hasMessage("BOOT-INF/lib/other.jar is missing in " + app);
    }

    private static void stored(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
        var entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(bytes.length);
        var sum = new CRC32();
        sum.update(bytes);
        entry.setCrc(sum.getValue());
        zip.putNextEntry(entry);
        zip.write(bytes);
    }

    @Test
    void whatIsNotAllOfItIsRefused() throws Exception {
        var empty = Files.createDirectory(directory.resolve("empty"));
        assertThatThrownBy(() -> AgentJar.of(empty.toUri(), made, false))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is not all of netcluster");
        assertThatThrownBy(() -> AgentJar.of(URI.create("https://example.org/n.jar"), made, false))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("put netcluster's jar onto the class path");
        assertThat(directory).isDirectoryContaining(empty::equals).isDirectoryNotContaining("glob:**.part");
    }

    @Test
    void whatIsNoJarIsNoAgent() throws Exception {
        assertThat(AgentJar.isAgent(directory)).isFalse();
        assertThat(AgentJar.isAgent(directory.resolve("none"))).isFalse();
        assertThat(AgentJar.isAgent(Files.writeString(directory.resolve("text.jar"), "text")))
                .isFalse();
    }

    @Test
    void theLaunchersNoteOfOurOptionIsNotPrintedAndOthersAre() throws Exception {
        var note = "NOTE: Picked up JDK_JAVA_OPTIONS: \"-javaagent:";
        assertThat(line(note + jar() + "\" -Xmx1g\n")).isEmpty();
        assertThat(line(note + "/other.jar\" -Xmx1g\n")).isEqualTo("[1] " + note + "/other.jar\" -Xmx1g\n");
        assertThat(line(note + "\n")).isEqualTo("[1] " + note + "\n");
        assertThat(line("NOTE\n")).isEqualTo("[1] NOTE\n");
    }

    private static String line(String text) throws IOException {
        var buffer = new LineBuffer("[1] ".getBytes());
        for (var b : text.getBytes()) {
            buffer.write(b);
        }
        return new String(buffer.take());
    }
}
