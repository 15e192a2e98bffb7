package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.programs.LineServer;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A worker that dies takes nothing with it that it had not accepted. */
final class CrashTest {
    /** SIGSTOP keeps the worker from accepting, so what is connected then waits in the kernel. */
    @ParameterizedTest
    @ValueSource(strings = {"socket", "selector", "async"})
    void theOnlyWorkerIsKilledAndEveryConnectionThatWaitsIsServedByTheNext(String style) throws Exception {
        int port = FreePort.any();
        try (var cluster = Running.cluster(
                Running.join(new String[] {"-n", "1"}, Running.program(LineServer.class, style, "127.0.0.1", port)))) {
            var first = cluster.awaitListening(1).getFirst();
            Running.signal("STOP", first.pid());
            Running.await("stopped", _ -> KernelSockets.isStopped(first.pid()));
            var ledger = new Ledger(port);
            List<Socket> waiting = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                waiting.add(new Socket(InetAddress.getLoopbackAddress(), port));
            }

            Running.signal("KILL", first.pid());

            for (int i = 0; i < waiting.size(); i++) {
                try (var socket = waiting.get(i)) {
                    socket.setSoTimeout(20_000);
                    ledger.exchange(socket, "waited-" + i);
                }
            }
            assertThat(ledger.lost()).isEmpty();
            assertThat(ledger.served()).isEqualTo(100);
            assertThat(ledger.pids()).hasSize(1).doesNotContain(first.pid());
            assertThat(cluster.awaitListening(2).getLast().slot()).isEqualTo(1);
        }
    }

    /** Connections that nobody has accepted are never lost; those the victim had accepted die with it, and only those. */
    @Test
    void workersAreKilledUnderLoadAndOnlyWhatTheyHadAcceptedIsLost() throws Exception {
        int port = FreePort.any();
        int kills = 10;
        try (var cluster = Running.cluster(Running.program(LineServer.class, "selector", "127.0.0.1", port))) {
            cluster.awaitListening(2);
            var ledger = new Ledger(port);
            try (var load = ledger.load(8)) {
                for (int kill = 0; kill < kills; kill++) {
                    load.awaitServed(100);
                    Running.signal("KILL", cluster.workerPid(1 + kill % 2));
                    cluster.awaitListening(3 + kill);
                }
                load.awaitServed(100);
            }
            // each of the 8 clients has one connection at a time, so at most that many are in a victim's hands
            assertThat(ledger.lost().size()).as(ledger.lost().toString()).isLessThanOrEqualTo(8 * kills);
            assertThat(ledger.lost())
                    .allMatch(loss -> loss.contains("Connection reset") || loss.contains("answered null"));
            assertThat(ledger.served() + ledger.lost().size()).isEqualTo(ledger.opened());
            assertThat(cluster.lines("was ended by signal 9")).hasSize(kills);
        }
    }

    /** One listener, accepted from in three ways, before and after a restart: nobody ever blocks anybody. */
    @Test
    void blockingAndSelectingWorkersShareAListenerWithoutBlockingEachOther() throws Exception {
        int port = FreePort.any();
        try (var puppets = Puppets.start(3)) {
            puppets.done(1, "open a socket 127.0.0.1 " + port);
            puppets.done(2, "open a selector 127.0.0.1 " + port);
            puppets.done(3, "open a channel 127.0.0.1 " + port);
            var before = new Ledger(port).connect(600, 24);
            assertThat(before.lost()).isEmpty();
            assertThat(before.bySlot()).containsOnlyKeys(1, 2, 3);

            // the first to ask, whose own socket became the listener, comes back as one that joins
            Running.signal("KILL", puppets.pid(1));
            puppets.running().await("^\\[1] control", 2);
            puppets.done(1, "open a async 127.0.0.1 " + port);
            var after = new Ledger(port).connect(600, 24);
            assertThat(after.lost()).isEmpty();
            assertThat(after.bySlot()).containsOnlyKeys(1, 2, 3);

            // a selector whose thread blocked in accept would not see its close
            assertThat(puppets.done(2, "close a")).isEqualTo("closed");
        }
    }
}
