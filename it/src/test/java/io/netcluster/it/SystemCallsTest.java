package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netcluster.it.programs.LineServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a worker makes its system calls: that decides how soon it listens. */
final class SystemCallsTest {
    /** What the JDK's linker spins the classes of a downcall with. */
    private static final String LINKER = "jdk.internal.foreign.abi.BindingSpecializer ";

    /** What memory for their arguments would begin with. */
    private static final String[] ARENAS = {"java.lang.foreign.Arena ", "jdk.internal.foreign.MemorySessionImpl "};

    @TempDir
    private Path directory = Path.of("/tmp");

    @Test
    void aWorkerNeedsNeitherLinkerNorArenasForThem() throws Exception {
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
                .contains("sun.nio.ch.ClusterSyscall ")
                .doesNotContain(LINKER);
    }
}
