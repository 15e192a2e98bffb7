package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.programs.PortTorture;
import io.netcluster.it.programs.TorturedWorker;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Eight workers open 2,000 listeners each on port 0, in every meaning of it and in several threads, and close and open
 * some again, while they and others take leases, connect to what is there, and four of them are killed.
 *
 * <p>In a network namespace of its own, since nobody else should suffer, with more ports than usual.
 */
final class PortTortureTest {
    @Test
    void noTwoEverHaveOnePortUnlessTheyWantToAndEveryOneIsAnsweredByItsOwner(
            @TempDir(cleanup = CleanupMode.ON_SUCCESS) Path directory) throws Exception {
        try (var torture = Running.start(
                OwnNetwork.commandWithPorts(
                        "2048 65535",
                        Running.JAVA,
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        Running.classPath(),
                        PortTorture.class.getName(),
                        directory.toString(),
                        Running.JAVA,
                        "-Xmx64m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        Running.classPath(),
                        TorturedWorker.class.getName(),
                        directory.toString()),
                Map.of())) {
            assertThat(torture.process().waitFor(3, TimeUnit.MINUTES))
                    .as(String.join("\n", torture.lines()))
                    .isTrue();

            System.out.println(String.join("\n", torture.lines()));
            assertThat(torture.awaitExit())
                    .as(String.join("\n", torture.lines()))
                    .isZero();
            assertThat(torture.lines())
                    .contains("0 faults")
                    .anyMatch(line -> line.matches(".* of which \\d{4} sticky ones came back.*"))
                    // 40 of the workers' are on leased ports; the 195 shared ones are one port for all
                    .contains("16040 listeners on 14675 ports")
                    .contains("[] ports on which the kernel knows more listeners, or fewer")
                    .contains("[] wrong or no answers of 14675")
                    .contains("[] ports on which somebody listens afterwards");
        }
    }
}
