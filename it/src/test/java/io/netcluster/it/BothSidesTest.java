package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.programs.TwoSides;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A program knows which side it is on, from beginning to end, and is told when it does what belongs to the other. */
final class BothSidesTest {
    private static final String NO_WORKER = "primary true false this process is no worker: it is a primary, or was"
            + " started by itself; ask Cluster.isWorker() first";
    private static final String NO_PRIMARY = "worker false true this process is worker 1 of the cluster netcluster, and"
            + " not the primary: ask Cluster.isPrimary() before Cluster.open(), or say ClusterOptions.nested() to open a"
            + " cluster inside a worker";

    @Test
    void whatBelongsToTheOtherSideSaysWhichSideThisIs() throws Exception {
        try (var running = Launch.java(TwoSides.class, "fork")) {
            assertThat(running.awaitExit()).isZero();
            assertThat(Launch.lines(running)).containsExactly(NO_WORKER, NO_PRIMARY, NO_PRIMARY, NO_WORKER);
        }
    }

    @Test
    void aProgramThatNeverForksIsAPrimaryAndNeedsNothingOfTheMachine() throws Exception {
        try (var running = Launch.java(TwoSides.class)) {
            assertThat(running.awaitExit()).isZero();
            assertThat(running.lines()).containsExactly(NO_WORKER);
        }
    }

    @Test
    void whereNetclusterCannotRunAForkSaysSo() throws Exception {
        try (var running = Launch.java(Map.of(), List.of("-Dos.name=Plan 9"), TwoSides.class, "fork")) {
            assertThat(running.awaitExit()).isEqualTo(1);
            assertThat(running.await("! Exception in thread \"main\" (.*)").group(1))
                    .isEqualTo(
                            "io.netcluster.primary.CannotStartException: netcluster needs Linux on x86-64 or aarch64;"
                                    + " this is Plan 9 on " + System.getProperty("os.arch"));
            assertThat(running.lines()).first().isEqualTo(NO_WORKER);
        }
    }

    @Test
    void nobodyBecomesAWorkerByPropertiesOrEnvironment() throws Exception {
        var environment = Map.of(
                "NETCLUSTER_ID", "1",
                "NETCLUSTER_SLOT", "1",
                "NETCLUSTER_TOKEN", "00",
                "NETCLUSTER_LINK", "/tmp/none/link",
                "NETCLUSTER_NAME", "none",
                "NETCLUSTER_GENERATION", "1");
        var options = List.of("-Dnetcluster.id=1", "-Dnetcluster.slot=1");
        try (var running = Launch.java(environment, options, TwoSides.class, "fork")) {
            assertThat(running.awaitExit()).isZero();
            assertThat(Launch.lines(running)).containsExactly(NO_WORKER, NO_PRIMARY, NO_PRIMARY, NO_WORKER);
        }
    }
}
