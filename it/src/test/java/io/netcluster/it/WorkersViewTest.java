package io.netcluster.it;

import static io.netcluster.it.Attended.ask;
import static io.netcluster.it.Attended.tell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netcluster.Event;
import io.netcluster.Exit;
import io.netcluster.Worker;
import io.netcluster.WorkerOptions;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What the primary sees of its workers. */
final class WorkersViewTest {
    private static Exit exit(Worker worker) throws Exception {
        return worker.exited().get(Running.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void eachWorkerIsThereByItsIdWithAllThatIsKnownOfIt() throws Exception {
        var before = Instant.now();
        try (var attended = new Attended(Attended.options().name("shop"))) {
            var view = attended.cluster().workers();
            assertThat(view).isEmpty();
            var first = attended.fork();
            var second = attended.fork();

            assertThat(view).containsExactly(Map.entry(1L, first), Map.entry(2L, second));
            assertThat(second.id()).isEqualTo(2);
            assertThat(second.slot()).isEqualTo(2);
            assertThat(second.generation()).isEqualTo(1);
            assertThat(second.started()).isBetween(before, Instant.now());
            assertThat(ask(first, "identity")).isEqualTo("1 1 1 shop");
            assertThat(ask(second, "identity")).isEqualTo("2 2 1 shop");
            assertThat(ProcessHandle.of(second.pid()).orElseThrow().parent()).contains(ProcessHandle.current());
            assertThat(second.state()).isEqualTo(Worker.State.ONLINE);
            assertThat(second.exit()).isEmpty();
            assertThat(second.exitedAfterDisconnect()).isFalse();

            int port = Integer.parseInt(ask(second, "open a socket 127.0.0.1 0"));
            attended.await(second, Event.Ready.class);
            assertThat(second.state()).isEqualTo(Worker.State.READY);
            assertThat(second.listeners())
                    .singleElement()
                    .satisfies(listener -> assertThat(listener.address())
                            .isEqualTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)));
            ask(second, "close a");
            attended.await(second, Event.Closed.class);
            assertThat(second.listeners()).isEmpty();

            assertThatThrownBy(() -> view.remove(1L)).isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(view::clear).isInstanceOf(UnsupportedOperationException.class);
        }
    }

    @Test
    void aWorkerThatDrainsIsInTheViewUntilItHasExited() throws Exception {
        try (var attended = new Attended()) {
            var worker = attended.fork();
            ask(worker, "linger");
            var end = worker.disconnect();
            attended.await(worker, Event.Draining.class);
            assertThat(worker.state()).isEqualTo(Worker.State.DRAINING);
            assertThat(attended.cluster().workers()).containsValue(worker);
            assertThat(worker.exitedAfterDisconnect()).as("it has not exited").isFalse();

            ask(worker, "leave");
            assertThat(end.get(10, TimeUnit.SECONDS)).isEqualTo(new Exit(0));
            assertThat(attended.cluster().workers()).isEmpty();
            assertThat(worker.state()).isEqualTo(Worker.State.EXITED);
            assertThat(worker.exit()).contains(new Exit(0));
        }
    }

    @Test
    void aSlotIsUsedAgainAndAnIdNever() throws Exception {
        try (var attended = new Attended()) {
            var workers = List.of(attended.fork(), attended.fork(), attended.fork());
            workers.get(1).kill(9);
            exit(workers.get(1));
            assertThat(attended.cluster().workers()).containsOnlyKeys(1L, 3L);
            var next = attended.fork();
            assertThat(next.slot()).isEqualTo(2);
            assertThat(next.id()).isEqualTo(4);
            assertThat(ask(next, "identity")).isEqualTo("4 2 1 netcluster");
            var last = attended.fork();
            assertThat(last.slot()).isEqualTo(4);
            assertThat(last.id()).isEqualTo(5);
            attended.cluster().workers().values().forEach(worker -> worker.kill(9));
        }
    }

    @Test
    void howAWorkerEndedIsToldAndWhetherItHadBeenAskedTo() throws Exception {
        try (var attended = new Attended()) {
            var quietly = WorkerOptions.defaults().stderr(Redirect.DISCARD);
            var byPrimary = attended.fork();
            var byItself = attended.fork();
            var leaves = attended.fork();
            var crashes = attended.fork(quietly);
            var killed = attended.fork();
            var terminated = attended.fork();
            for (var worker : attended.cluster().workers().values()) {
                ask(worker, "identity");
            }

            byPrimary.disconnect();
            ask(byItself, "disconnect 5000");
            tell(leaves, "exit 3");
            ask(crashes, "crash");
            killed.kill(9);
            terminated.kill();

            assertThat(exit(byPrimary)).isEqualTo(new Exit(0));
            assertThat(byPrimary.exitedAfterDisconnect()).isTrue();
            assertThat(exit(byItself)).isEqualTo(new Exit(0));
            assertThat(byItself.exitedAfterDisconnect()).isTrue();
            assertThat(exit(leaves)).isEqualTo(new Exit(3)).hasToString("exit status 3");
            assertThat(leaves.exitedAfterDisconnect()).isFalse();
            assertThat(exit(crashes)).isEqualTo(new Exit(1));
            assertThat(crashes.exitedAfterDisconnect()).isFalse();
            assertThat(exit(killed)).hasToString("signal 9");
            assertThat(exit(killed).signal()).hasValue(9);
            assertThat(killed.exitedAfterDisconnect()).isFalse();
            assertThat(exit(terminated).signal()).hasValue(15);
            assertThat(terminated.exitedAfterDisconnect()).isFalse();

            // one that has ended is no error
            killed.kill();
            assertThat(killed.disconnect().get(1, TimeUnit.SECONDS)).isEqualTo(new Exit(137));
            assertThatThrownBy(() -> killed.kill(65)).isInstanceOf(IllegalArgumentException.class);
            assertThat(attended.cluster().awaitExit(Duration.ofSeconds(1))).isTrue();
        }
    }
}
