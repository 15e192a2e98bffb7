package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netcluster.it.programs.LineServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a worker's JVM is spared on its way to its first listener, see adr/0012 and adr/0013. */
final class StartingTest {
    /** What the JDK's linker spins the classes of a downcall with. */
    private static final String LINKER = "jdk.internal.foreign.abi.BindingSpecializer ";

    /** What memory for their arguments would begin with. */
    private static final String[] ARENAS = {"java.lang.foreign.Arena ", "jdk.internal.foreign.MemorySessionImpl "};

    @TempDir
    private Path directory = Path.of("/tmp");

    @Test
    void systemCallsNeedNeitherLinkerNorArenas() throws Exception {
        assumeTrue(System.getProperty("os.arch").equals("amd64"), "elsewhere the linker is asked");
        var loaded = directory.resolve("loaded");
        var options = List.of("-Xshare:auto", "-XX:TieredStopAtLevel=1", "-Xlog:class+load:file=" + loaded);
        var program = Running.program(options, LineServer.class, "socket", "127.0.0.1", FreePort.any());
        try (var cluster = Running.cluster(Running.join(new String[] {"-n", "1"}, program))) {
            int port = cluster.awaitListening(1).getFirst().port();
            assertThat(Files.readString(loaded)).doesNotContain(ARENAS);
            assertThat(new Ledger(port).connect(5, 1).lost()).isEmpty();
            assertThat(cluster.stop()).isZero();
        }
        assertThat(Files.readString(loaded))
                .contains("java.lang.invoke.ClusterSyscall ")
                .doesNotContain(LINKER);
    }

    @Test
    void modulesComeFromTheArchiveAndTheAgentIsEnteredDirectly() throws Exception {
        var loaded = directory.resolve("loaded");
        var archive = directory.resolve("archive");
        var options = List.of("-Xshare:auto", "-Xlog:class+load:file=" + loaded, "-Xlog:cds=info:file=" + archive);
        var program = Running.program(options, LineServer.class, "socket", "127.0.0.1", FreePort.any());
        try (var cluster = Running.cluster(Running.join(new String[] {"-n", "1"}, program))) {
            cluster.awaitListening(1);
            assertThat(cluster.stop()).isZero();
        }
        assertThat(Files.readString(archive)).contains("full module graph: enabled");
        var classes = Files.readString(loaded);
        int entered = classes.indexOf("io.netcluster.worker.Premain ");
        int begun = classes.indexOf("io.netcluster.worker.Agent ");
        assertThat(entered).isPositive().isLessThan(begun);
        assertThat(classes.substring(entered, begun)).doesNotContain("__JVM_LookupDefineClass__");
    }

    /** A program that is a module does not have java.instrument, nor what a limit leaves out. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "-m jdk.httpserver -b 127.0.0.1 -p",
                "--limit-modules java.instrument,jdk.httpserver -m jdk.httpserver -b 127.0.0.1 -p"
            })
    void aProgramWithFewerModulesIsAWorkerToo(String words) throws Exception {
        int port = FreePort.any();
        var command = Running.join(new String[] {"-n", "1", "--"}, (words + " " + port).split(" "));
        try (var cluster = Running.cluster(command)) {
            assertThat(cluster.awaitListening(1).getFirst().port()).isEqualTo(port);
            assertThat(cluster.stop()).isZero();
        }
    }
}
