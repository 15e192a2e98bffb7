package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** As process 1 of a PID namespace, which is what a container is to a process. */
final class ContainerTest {
    private static final List<String> NAMESPACE = List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc");

    @Test
    void processOneReapsOrphansAndForwardsSignals() throws Exception {
        int port = FreePort.any();
        try (var puppets = Puppets.start(NAMESPACE, Map.of(), List.of(), 2)) {
            puppets.running().await("primary 1 starts");
            puppets.done(1, "open a socket 127.0.0.1 " + port);
            puppets.done(2, "open a socket 127.0.0.1 " + port);
            long one = childOf(puppets.running().pid());

            // a grandchild whose parent has ended is a child of process 1; a zombie would stay in /proc
            var orphan = puppets.done(1, "orphan");
            assertThat(puppets.done(1, "parent " + orphan)).isEqualTo("1");
            puppets.done(1, "kill " + orphan);
            Running.await("the orphan has gone", _ -> !exists(puppets, orphan));
            var ledger = new Ledger(port).connect(100, 8);
            assertThat(ledger.lost()).isEmpty();
            assertThat(ledger.bySlot()).containsOnlyKeys(1, 2);

            Running.signal("TERM", one);
            assertThat(puppets.running().awaitExit()).isZero();
        }
    }

    private static long childOf(long parent) {
        return ProcessHandle.of(parent)
                .orElseThrow()
                .children()
                .findFirst()
                .orElseThrow()
                .pid();
    }

    private static boolean exists(Puppets puppets, String pid) {
        try {
            return puppets.done(1, "exists " + pid).equals("true");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
