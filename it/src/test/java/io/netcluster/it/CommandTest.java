package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.programs.LineServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The forms of the command, and what is said of a wrong one. */
final class CommandTest {
    @TempDir
    private Path directory = Path.of("/tmp");

    private void assertShared(int port, String... arguments) throws Exception {
        try (var cluster = Running.cluster(arguments)) {
            assertThat(cluster.awaitListening(2))
                    .extracting(Running.Listening::port)
                    .containsOnly(port);
            var ledger = new Ledger(port).connect(200, 16);
            assertThat(ledger.lost()).isEmpty();
            assertThat(ledger.bySlot()).containsOnlyKeys(1, 2);
            assertThat(cluster.stop()).isZero();
        }
    }

    @Test
    void aJarAndItsArgumentsWithAnOptionOfTheProgramsOwn() throws Exception {
        int port = FreePort.any();
        assertShared(port, jar().toString(), "socket", "127.0.0.1", "" + port, "-n", "7");
    }

    @Test
    void aJavaCommand() throws Exception {
        int port = FreePort.any();
        assertShared(port, "--", Running.JAVA, "-jar", jar().toString(), "socket", "127.0.0.1", "" + port);
    }

    @Test
    void anArgumentFile() throws Exception {
        int port = FreePort.any();
        var file = Files.writeString(
                directory.resolve("arguments"), "-cp \"" + jar() + "\" " + LineServer.class.getName() + " socket");
        assertShared(port, "--", "@" + file, "127.0.0.1", "" + port);
    }

    @Test
    void aSourceFile() throws Exception {
        int port = FreePort.any();
        var source = Files.writeString(directory.resolve("Main.java"), """
                void main(String[] arguments) throws Exception {
                    io.netcluster.it.programs.LineServer.main(arguments);
                }
                """);
        assertShared(port, "--", "-cp", jar().toString(), source.toString(), "socket", "127.0.0.1", "" + port);
    }

    /** With an AOT cache the JDK's classes are loaded before the agent is: they are woven all the same. */
    @Test
    void anAotCacheThatWasTrainedInACluster() throws Exception {
        int port = FreePort.any();
        var cache = directory.resolve("server.aot");
        var program =
                new String[] {"-cp", jar().toString(), LineServer.class.getName(), "selector", "127.0.0.1", "" + port};
        try (var training =
                Running.cluster(Running.join(new String[] {"-n", "1", "--", "-XX:AOTCacheOutput=" + cache}, program))) {
            training.awaitListening(1);
            assertThat(new Ledger(port).connect(20, 4).lost()).isEmpty();
            assertThat(training.stop()).isZero();
        }
        assertThat(cache).exists();
        assertShared(port, Running.join(new String[] {"--", "-XX:AOTCache=" + cache, "-XX:AOTMode=on"}, program));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            run                             | 2 | nothing says what is to be run, and there is no netcluster.toml here
            run -n 0 x.jar                  | 2 | --workers: expected a whole number from 1 to 4096, not 0
            run -n many x.jar               | 2 | --workers: expected a whole number from 1 to 4096, not "many"
            run --restart sometimes x.jar   | 2 | --restart: expected "on-failure", "always" or "never", not "sometimes"
            run --own 99999 x.jar           | 2 | 99999-99999 is no range of ports from 1 to 65535
            run -n 3 --own 65534 x.jar      | 2 | --own: 65534 leaves no port for worker 3
            run --own http x.jar            | 2 | --own: expected a port or a range such as "9000-9010", not "http"
            run --stop-timeout -1 x.jar     | 2 | --stop-timeout: expected a time such as "500ms", "30s"
            run --color x.jar               | 2 | Unknown option: '--color'
            run /nowhere/x.jar              | 1 | cannot read /nowhere/x.jar; give the path of the jar that is to be run
            run /tmp/.jar                   | 1 | cannot read /tmp/.jar; give the path of the jar that is to be run
            run Nope.java                   | 1 | Nope.java; give the path of the source file that is to be run
            run -- /nowhere/server          | 1 | cannot run /nowhere/server: there is no such program, or it may not be executed
            walk                            | 2 | Unmatched argument at index 0: 'walk'
            """)
    void aWrongCommandIsAnsweredInASentence(String arguments, int status, String sentence) throws Exception {
        var words = new ArrayList<>(List.of(
                Running.JAVA,
                "-jar",
                Running.HOME.resolve("cli/target/netcluster-cli.jar").toString()));
        words.addAll(List.of(arguments.split(" ")));
        try (var command = Running.start(words, Map.of())) {
            assertThat(command.awaitExit()).isEqualTo(status);
            assertThat(command.lines().getFirst()).startsWith("! netcluster: ").contains(sentence);
            assertThat(command.lines()).hasSizeLessThanOrEqualTo(2).noneMatch(line -> line.contains("\tat "));
        }
    }

    /** In a mount namespace of its own, where the folder of JDKs is empty. */
    @Test
    void withoutAJdk25TheLauncherSaysWhatToInstallAndWhereItLooked() throws Exception {
        var script = "mount --bind '" + directory + "' /usr/lib/jvm && exec env -i PATH=/usr/bin:/bin HOME='"
                + directory + "' '" + Running.HOME.resolve("netcluster") + "' run x.jar";
        try (var launcher = Running.start(List.of("unshare", "--mount", "sh", "-c", script), Map.of())) {
            assertThat(launcher.awaitExit()).isEqualTo(1);
            assertThat(launcher.lines())
                    .singleElement()
                    .asString()
                    .startsWith("! netcluster: no JDK 25 found; install one")
                    .contains("/usr/lib/jvm");
        }
    }

    /** LineServer as people ship programs. */
    private Path jar() throws Exception {
        var jar = directory.resolve("app.jar");
        if (!Files.exists(jar)) {
            var manifest = new Manifest();
            manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
            manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, LineServer.class.getName());
            var classes = Path.of(LineServer.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            try (var out = new JarOutputStream(Files.newOutputStream(jar), manifest);
                    var files = Files.walk(classes.resolve("io/netcluster/it/programs"))) {
                for (var file : files.filter(
                                file -> file.getFileName().toString().startsWith("LineServer"))
                        .toList()) {
                    out.putNextEntry(new ZipEntry(classes.relativize(file).toString()));
                    Files.copy(file, out);
                }
            }
        }
        return jar;
    }
}
