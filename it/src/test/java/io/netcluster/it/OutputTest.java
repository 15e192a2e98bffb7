package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.programs.LineServer;
import io.netcluster.it.programs.Printer;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What workers print comes out in whole lines, each with its slot, each on its stream. */
final class OutputTest {
    @Test
    void everyLineIsWholeAndOnItsStream() throws Exception {
        int lines = 3_000;
        try (var cluster = Running.cluster(Running.program(Printer.class, lines))) {
            assertThat(cluster.awaitExit()).isZero();
            for (int slot = 1; slot <= 2; slot++) {
                for (var mark : List.of("", "! ")) {
                    int s = slot;
                    var stream = mark.isEmpty() ? "out" : "err";
                    assertThat(cluster.lines("^" + mark + "\\[" + slot + "]"))
                            .isEqualTo(IntStream.range(0, lines)
                                    .mapToObj(i -> mark + "[" + s + "] " + stream + " " + i + " " + "\u00e9".repeat(50))
                                    .toList());
                }
            }
            assertThat(cluster.lines("^(! )?\\[")).as("and nothing else").hasSize(4 * lines);
        }
    }

    @Test
    void theLastLineNeedsNoEnd() throws Exception {
        try (var cluster = Running.cluster(
                Running.join(new String[] {"-n", "1"}, Running.program(Printer.class, 0, "unfinished")))) {
            assertThat(cluster.awaitExit()).isZero();
            assertThat(cluster.lines()).contains("[1] unfinished");
        }
    }

    @Test
    void aFullDiskStopsNobody() throws Exception {
        int port = FreePort.any();
        var command = String.join(
                " ",
                List.of(
                        "exec",
                        Running.JAVA,
                        "-jar",
                        Running.HOME.resolve("cli/target/netcluster-cli.jar").toString(),
                        "run -n 2",
                        String.join(" ", Running.program(LineServer.class, "socket", "127.0.0.1", port)),
                        ">/dev/full 2>/dev/full"));
        try (var cluster = Running.start(List.of("/bin/sh", "-c", command), Map.of())) {
            Running.await("listens", _ -> !KernelSockets.on(port).isEmpty());
            assertThat(new Ledger(port).connect(100, 8).lost()).isEmpty();
            assertThat(cluster.stop()).isZero();
        }
    }

    /** script(1) gives the command a terminal. */
    @Test
    void onATerminalThePrefixHasAColour() throws Exception {
        var command = String.join(
                " ",
                List.of(
                        Running.JAVA,
                        "-jar",
                        Running.HOME.resolve("cli/target/netcluster-cli.jar").toString(),
                        "run -n 1",
                        String.join(" ", Running.program(Printer.class, 0, "hello"))));
        try (var terminal = Running.start(List.of("script", "-qec", command, "/dev/null"), Map.of())) {
            assertThat(terminal.awaitExit()).isZero();
            assertThat(terminal.lines("hello"))
                    .hasSize(1)
                    .first()
                    .asString()
                    .startsWith("\u001b[36m[1] \u001b[0mhello");
        }
    }
}
