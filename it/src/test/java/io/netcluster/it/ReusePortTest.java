package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.programs.NettyServer;
import io.netcluster.it.programs.ReusePortServer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A program that sets SO_REUSEPORT and binds one address several times has a socket for each bind. */
final class ReusePortTest {
    private static final String LOOPBACK = "127.0.0.1";

    private interface Program {
        String[] at(int port);
    }

    static Stream<Arguments> programs() {
        Program netty = port -> Running.program(NettyTest.OPTIONS, NettyServer.class, "epoll", LOOPBACK, port, 2);
        Program nio = port -> Running.program(ReusePortServer.class, LOOPBACK, port);
        return Stream.of(Arguments.of(Named.of("Netty epoll", netty)), Arguments.of(Named.of("NIO", nio)));
    }

    @ParameterizedTest
    @MethodSource("programs")
    void eachBindIsASocketOfItsOwn(Program program) throws Exception {
        int port = FreePort.any();
        try (var cluster = Running.cluster(program.at(port))) {
            cluster.awaitListening(4);
            assertThat(KernelSockets.on(port))
                    .extracting(KernelSockets.Bound::inode)
                    .hasSize(4)
                    .doesNotHaveDuplicates();

            var ledger = new Ledger(port).connect(400, 16);

            assertThat(ledger.lost()).isEmpty();
            assertThat(ledger.bySlot()).containsOnlyKeys(1, 2);
        }
    }

    @ParameterizedTest
    @MethodSource("programs")
    void whatIsQueuedInTheSocketsOfAKilledWorkerIsServedByItsReplacement(Program program) throws Exception {
        int port = FreePort.any();
        try (var cluster = Running.cluster(program.at(port))) {
            cluster.awaitListening(4);
            var sockets = KernelSockets.on(port).stream()
                    .map(KernelSockets.Bound::inode)
                    .toList();
            long pid = cluster.workerPid(1);
            Running.signal("STOP", pid);
            Running.await("stopped", _ -> KernelSockets.isStopped(pid));

            var ledger = new Ledger(port);
            try (var _ = ledger.burst(100)) {
                // the kernel spreads them over four sockets, of which two belong to the worker that stands still
                Running.await(
                        "served or queued",
                        _ -> KernelSockets.queued(port) > 0 && ledger.served() + KernelSockets.queued(port) == 100);
                int queued = KernelSockets.queued(port);
                assertThat(ledger.bySlot()).containsOnlyKeys(2);

                Running.signal("KILL", pid);
                Running.await("all served", _ -> ledger.served() + ledger.lost().size() == 100);

                assertThat(ledger.lost()).isEmpty();
                assertThat(ledger.bySlot()).containsEntry(1, queued);
                assertThat(ledger.pids()).doesNotContain(pid);
            }
            assertThat(KernelSockets.on(port))
                    .extracting(KernelSockets.Bound::inode)
                    .containsExactlyInAnyOrderElementsOf(sockets);
            assertThat(new Ledger(port).connect(200, 8).lost()).isEmpty();
        }
    }
}
