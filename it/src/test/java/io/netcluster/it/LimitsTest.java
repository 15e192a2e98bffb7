package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jdi.Bootstrap;
import com.sun.jdi.VirtualMachine;
import io.netcluster.it.programs.Glutton;
import io.netcluster.it.programs.Hindered;
import io.netcluster.it.programs.LineServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A worker that uses up too much, gets too old or hangs is replaced, and no connection is lost that it had not accepted. */
final class LimitsTest {
    private static final List<String> OPTIONS = List.of("-Xshare:auto", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

    @TempDir
    private Path directory = Path.of("/tmp");

    @ParameterizedTest
    @CsvSource({
        "direct, 200:-:-:-, '-XX:MaxDirectMemorySize=1g',  'has \\d\\d\\d\\.\\d MiB of resident memory, more than 200.0 MiB'",
        "heap,   -:70:-:-,  '-Xmx64m',  'uses \\d+\\.\\d MiB of 6\\d\\.\\d MiB of heap, more than 70 %'",
        "once2,  -:-:6000:-, '-Xmx64m', 'is older than 6 s'",
    })
    void whoIsBeyondItsLimitIsReplacedFirst(String how, String limits, String option, String why) throws Exception {
        int port = FreePort.any();
        var options = new ArrayList<>(OPTIONS);
        options.add(option);
        var program = how.equals("once2")
                ? Running.program(options, LineServer.class, "selector", "127.0.0.1", port)
                : Running.program(options, Glutton.class, how, port);
        try (var cluster = new NamedCluster(directory, 2, "", program).with("limits", limits)) {
            cluster.start().awaitListening(2);
            var ledger = new Ledger(port);
            try (var load = ledger.load(4)) {
                cluster.primary().await("worker \\d \\(pid \\d+\\) is replaced: it " + why, 3);
                load.awaitServed(100);
            }
            assertThat(ledger.lost()).isEmpty();
            assertThat(ledger.served()).isEqualTo(ledger.opened());
            assertThat(ledger.pids()).hasSizeGreaterThanOrEqualTo(4);
            assertThat(ledger.bySlot()).containsOnlyKeys(1, 2);
            assertThat(cluster.primary().lines("could not be replaced|mistake")).isEmpty();
            cluster.stop();
        }
    }

    @Test
    void oneThatCannotBeReplacedStays() throws Exception {
        int port = FreePort.any();
        try (var cluster = new NamedCluster(directory, 2, "", Running.program(OPTIONS, Glutton.class, "once", port))
                .with("limits", "-:-:3000:-")) {
            cluster.start().awaitListening(2);
            var pids = cluster.pids();
            var ledger = new Ledger(port);
            try (var load = ledger.load(2)) {
                cluster.primary()
                        .await(
                                "worker [12] \\(pid \\d+\\) could not be replaced: worker [12] \\(pid \\d+\\) exited with 3"
                                        + " before it was ready; it stays, and that is tried again in 60 s",
                                2);
                load.awaitServed(20);
            }
            assertThat(ledger.lost()).isEmpty();
            assertThat(cluster.pids()).isEqualTo(pids);
            cluster.stop();
        }
    }

    @Test
    void aStoppedWorkerIsReplacedAndKilled() throws Exception {
        int port = FreePort.any();
        try (var cluster = served(port).with("limits", "-:-:-:5000")) {
            cluster.start().awaitListening(2);
            long hung = cluster.pids().get(1);
            assertThat(new Ledger(port).connect(50, 4).lost()).isEmpty();
            Running.signal("STOP", hung);
            var ledger = new Ledger(port);
            try (var load = ledger.load(4)) {
                var worker = "worker 1 \\(pid " + hung + "\\) ";
                cluster.primary().await(worker + "has given no sign of life for 5 s");
                cluster.primary().await(worker + "is stopped, by a signal or a debugger, and cannot tell");
                cluster.primary().await("killing " + worker.strip());
                cluster.primary().await(worker + "was ended by signal 9");
                load.awaitServed(50);
            }
            assertThat(ledger.lost()).isEmpty();
            assertThat(ledger.pids()).doesNotContain(hung);
            assertThat(cluster.pids()).hasSize(2).doesNotContainValue(hung);
            assertThat(cluster.primary().lines("has given no sign of life")).hasSize(1);
            cluster.stop();
        }
    }

    @Test
    void aWorkerWhoseWholeJvmStandsStillIsReplacedAndKilled() throws Exception {
        int port = FreePort.any();
        var halt = directory.resolve("halt");
        var options = List.of("-Xshare:auto", "-XX:+UseSerialGC", "-XX:-UseCountedLoopSafepoints", "-Dhalt=" + halt);
        try (var cluster = new NamedCluster(
                        directory, 2, "", Running.program(options, Glutton.class, "safepoint", port))
                .with("limits", "-:-:-:5000")) {
            cluster.start().awaitListening(2);
            long hung = cluster.pids().get(1);
            Files.createFile(halt);
            cluster.primary().await("worker 1 \\(pid " + hung + "\\) has given no sign of life for 5 s");
            var ledger = new Ledger(port);
            try (var load = ledger.load(4)) {
                cluster.primary().await("worker 1 \\(pid " + hung + "\\) does not react to SIGQUIT");
                cluster.primary().await("worker 1 \\(pid " + hung + "\\) was ended by signal 9");
                load.awaitServed(50);
            }
            assertThat(ledger.lost()).isEmpty();
            cluster.stop();
        }
    }

    @Test
    void aWorkerThatStillCanPrintsWhatItsThreadsDo() throws Exception {
        int port = FreePort.any();
        var options = List.of(
                "-Xshare:auto",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:0");
        try (var cluster = new NamedCluster(
                        directory, 1, "", Running.program(options, LineServer.class, "socket", "127.0.0.1", port))
                .with("limits", "-:-:-:5000")) {
            cluster.start().awaitListening(1);
            long hung = cluster.pids().get(1);
            var debugged = attach(cluster.output());
            try {
                debugged.allThreads().stream()
                        .filter(thread -> thread.name().equals("netcluster-link"))
                        .findFirst()
                        .orElseThrow()
                        .suspend();
                cluster.primary().await("worker 1 \\(pid " + hung + "\\) has printed what its threads do");
                cluster.primary().await("worker 1 \\(pid " + hung + "\\) was ended by signal 9");
            } finally {
                debugged.process();
            }
            assertThat(cluster.output()).contains("Full thread dump", "\"netcluster-link\"");
            assertThat(new Ledger(port).connect(50, 4).lost()).isEmpty();
            cluster.stop();
        }
    }

    private static VirtualMachine attach(String output) throws Exception {
        var port = output.lines()
                .filter(line -> line.startsWith("Listening for transport dt_socket at address: "))
                .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                .findFirst()
                .orElseThrow();
        var connector = Bootstrap.virtualMachineManager().attachingConnectors().stream()
                .filter(each -> each.name().equals("com.sun.jdi.SocketAttach"))
                .findFirst()
                .orElseThrow();
        var arguments = connector.defaultArguments();
        arguments.get("hostname").setValue("127.0.0.1");
        arguments.get("port").setValue(port);
        return connector.attach(arguments);
    }

    @Test
    void aSlotThatFailsSaysWhyAndTheOthersLiveOn() throws Exception {
        int port = FreePort.any();
        try (var cluster = new NamedCluster(directory, 3, "", Running.program(OPTIONS, Glutton.class, "second", port))
                .with("most-deaths", 2)) {
            cluster.start().awaitListening(2);
            var why = "worker 2 \\(pid \\d+\\) exited with 4 before it was ready, the last of 2 in a row";
            cluster.primary().await("slot 2 has failed, and starts no worker any more: " + why);
            cluster.say("status");
            cluster.primary().await("Seat\\[slot=2, .*state=FAILED, .*why=" + why);
            cluster.primary().await("Seat\\[slot=3, .*state=READY, .*why=null");
            var ledger = new Ledger(port).connect(100, 4);
            assertThat(ledger.lost()).isEmpty();
            assertThat(ledger.bySlot()).doesNotContainKey(2);
            assertThat(cluster.primary().stop()).isEqualTo(4);
        }
    }

    @Test
    void aSlotThatHasFailedServesAgainAfterAReload() throws Exception {
        int port = FreePort.any();
        var hindrance = directory.resolve("hindrance");
        var program = Running.program(OPTIONS, Hindered.class, hindrance, "selector", "127.0.0.1", port);
        try (var cluster = new NamedCluster(directory, 2, "", program).with("most-deaths", 2)) {
            cluster.start().awaitListening(2);
            Files.createFile(hindrance);
            Running.signal("KILL", cluster.pids().get(2));
            cluster.primary().await("slot 2 has failed");
            assertThat(cluster.pids()).containsOnlyKeys(1);
            Files.delete(hindrance);
            var ledger = new Ledger(port);
            try (var load = ledger.load(4)) {
                load.awaitServed(20);
                cluster.reload();
                cluster.primary().await("reload to generation 2 is complete");
                load.awaitServed(20);
            }
            assertThat(ledger.lost()).isEmpty();
            assertThat(cluster.pids()).containsOnlyKeys(1, 2);
            cluster.say("status");
            cluster.primary().await("Seat\\[slot=2, .*state=READY, .*why=null");
            cluster.stop();
        }
    }

    private NamedCluster served(int port) throws IOException {
        return new NamedCluster(
                directory, 2, "", Running.program(OPTIONS, LineServer.class, "selector", "127.0.0.1", port));
    }
}
