package io.netcluster.it;

import static io.netcluster.it.Attended.ask;
import static io.netcluster.it.Attended.tell;
import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.Cluster;
import io.netcluster.Event;
import io.netcluster.Exit;
import io.netcluster.Listener;
import io.netcluster.Worker;
import io.netcluster.WorkerOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens to a worker is told, in order, to everyone who listens. */
final class EventsTest {
    @TempDir
    private Path directory = Path.of("/tmp");

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    @Test
    void aWorkersLifeIsToldInOrder() throws Exception {
        try (var attended = new Attended()) {
            int shared = FreePort.any();
            var worker = attended.fork();
            ask(worker, "open a channel 127.0.0.1 " + shared);
            int own = Integer.parseInt(ask(worker, "open b socket 127.0.0.1 0"));
            attended.await(
                    worker, Event.Listening.class, event -> !event.listener().shared());
            ask(worker, "close a");
            attended.await(worker, Event.Closed.class);
            worker.disconnect().get(10, TimeUnit.SECONDS);

            var first = new Listener(loopback(shared), Listener.Transport.TCP, true);
            var second = new Listener(loopback(own), Listener.Transport.TCP, false);
            attended.await(worker, Event.Exited.class);
            assertThat(attended.events(worker))
                    .containsSubsequence(new Event.Draining(worker, 0), new Event.Closed(worker, second))
                    .filteredOn(event -> !(event instanceof Event.Draining))
                    .containsExactly(
                            new Event.Forked(worker),
                            new Event.Online(worker),
                            new Event.Listening(worker, first),
                            new Event.Ready(worker),
                            new Event.Listening(worker, second),
                            new Event.Closed(worker, first),
                            new Event.Closed(worker, second),
                            new Event.Disconnected(worker),
                            new Event.Exited(worker, new Exit(0)));
        }
    }

    @Test
    void aListenerIsToldWithItsRealAddressItsTransportAndWhoHasIt() throws Exception {
        try (var attended = new Attended()) {
            var worker = attended.fork();
            int tcp = FreePort.any();
            int udp = FreePort.any();
            int exclusive = FreePort.any();
            int grouped = FreePort.any();
            var path = directory.resolve("socket");
            ask(worker, "open tcp selector 127.0.0.1 " + tcp);
            ask(worker, "udp udp channel " + udp);
            ask(worker, "unix unix " + path);
            ask(worker, "exclusive " + exclusive);
            ask(worker, "open exclusive async 127.0.0.1 " + exclusive);
            ask(worker, "open grouped reuseport 127.0.0.1 " + grouped);
            int own = Integer.parseInt(ask(worker, "open own async 127.0.0.1 0"));
            ask(worker, "udp client socket 0"); // as every client's socket: it is nobody's to speak of
            Running.await("listeners", _ -> worker.listeners().size() == 6);

            assertThat(worker.listeners())
                    .containsExactlyInAnyOrder(
                            new Listener(loopback(tcp), Listener.Transport.TCP, true),
                            new Listener(loopback(udp), Listener.Transport.UDP, true),
                            new Listener(UnixDomainSocketAddress.of(path), Listener.Transport.UNIX, true),
                            new Listener(loopback(exclusive), Listener.Transport.TCP, false),
                            new Listener(loopback(grouped), Listener.Transport.TCP, false),
                            new Listener(loopback(own), Listener.Transport.TCP, false));
            worker.kill(9);
        }
    }

    @Test
    void aWorkerHasListenersAndFuturesOfItsOwn() throws Exception {
        try (var attended = new Attended()) {
            var worker = attended.fork();
            var other = attended.fork();
            var heard = new ConcurrentLinkedQueue<Event>();
            worker.onEvent(heard::add);
            assertThat(worker.ready()).isNotDone();
            ask(other, "open a socket 127.0.0.1 0");
            ask(worker, "open a socket 127.0.0.1 0");

            assertThat(worker.ready().get(10, TimeUnit.SECONDS)).isSameAs(worker);
            worker.kill(9);
            assertThat(worker.exited().get(10, TimeUnit.SECONDS).signal()).hasValue(9);
            attended.await(worker, Event.Exited.class);
            Running.await("exited", _ -> heard.stream().anyMatch(Event.Exited.class::isInstance));
            assertThat(heard).allMatch(event -> event.worker() == worker).hasAtLeastOneElementOfType(Event.Ready.class);

            // who completes a copy completes nothing of ours
            other.exited().complete(new Exit(99));
            assertThat(other.exit()).isEmpty();
            other.kill(9);
        }
    }

    @Test
    void aWorkerThatEndsBeforeItIsReadyFailsWhoWaitsForThat() throws Exception {
        try (var attended = new Attended()) {
            var worker = attended.fork();
            worker.kill(9);
            assertThat(worker.ready())
                    .failsWithin(Running.PATIENCE)
                    .withThrowableOfType(ExecutionException.class)
                    .withCauseInstanceOf(IllegalStateException.class)
                    .withMessageContaining("worker 1 (pid " + worker.pid() + ") ended before it was ready: signal 9");
            attended.await(worker, Event.Exited.class);
            assertThat(attended.events(worker)).doesNotHaveAnyElementsOfTypes(Event.Ready.class);
        }
    }

    @Test
    void oneThatNeverCameOnlineIsNeverDisconnected() throws Exception {
        try (var attended = new Attended(Attended.options().command("/bin/sleep", "1000"))) {
            var worker = attended.fork();
            worker.kill();
            worker.exited().get(10, TimeUnit.SECONDS);
            attended.await(worker, Event.Exited.class);
            assertThat(attended.events(worker))
                    .containsExactly(new Event.Forked(worker), new Event.Exited(worker, new Exit(143)));
        }
    }

    @Test
    void readyIsWhatTheProgramSaysIfItIsToSaySo() throws Exception {
        try (var attended = new Attended()) {
            var worker = attended.fork(WorkerOptions.defaults().explicitReadiness());
            ask(worker, "open a socket 127.0.0.1 " + FreePort.any());
            attended.await(worker, Event.Listening.class);
            assertThat(worker.state()).isEqualTo(Worker.State.ONLINE);
            ask(worker, "ready");
            attended.await(worker, Event.Ready.class);
            assertThat(attended.events(worker))
                    .extracting(event -> event.getClass().getSimpleName())
                    .containsExactly("Forked", "Online", "Listening", "Ready");
            worker.kill(9);
        }
    }

    @Test
    void whatAWorkerSaysAsItVanishesIsToldBeforeItsEnd() throws Exception {
        try (var attended = new Attended()) {
            var workers = new ArrayList<Worker>();
            for (int i = 0; i < 8; i++) {
                workers.add(attended.fork(WorkerOptions.defaults().explicitReadiness()));
            }
            for (var worker : workers) {
                ask(worker, "identity");
                tell(worker, "vanish");
            }
            for (var worker : workers) {
                attended.await(worker, Event.Exited.class);
                assertThat(attended.events(worker))
                        .containsExactly(
                                new Event.Forked(worker),
                                new Event.Online(worker),
                                new Event.Ready(worker),
                                new Event.Disconnected(worker),
                                new Event.Exited(worker, new Exit(7)));
            }
        }
    }

    @Test
    void aProgramThatListensOnNothingIsReadyWhenItHasLived() throws Exception {
        try (var attended = new Attended()) {
            var worker = attended.fork();
            attended.await(worker, Event.Ready.class);
            assertThat(attended.events(worker))
                    .extracting(event -> event.getClass().getSimpleName())
                    .containsExactly("Forked", "Online", "Ready");
            worker.kill(9);
        }
    }

    @Test
    void whatAListenerDoesWrongIsReportedAndHarmsNobody() throws Exception {
        var reported = new ConcurrentLinkedQueue<Throwable>();
        var before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((_, thrown) -> {
            reported.add(thrown);
            throw new IllegalStateException("so does the handler");
        });
        try (var attended = new Attended()) {
            attended.cluster().onEvent(event -> {
                Thread.currentThread().interrupt();
                throw new IllegalArgumentException(event.getClass().getSimpleName());
            });
            var heard = new ConcurrentLinkedQueue<String>();
            attended.cluster().onEvent(event -> heard.add(event.getClass().getSimpleName()));
            var worker = attended.fork();
            ask(worker, "open a socket 127.0.0.1 0");
            worker.ready().get(10, TimeUnit.SECONDS);
            worker.disconnect().get(10, TimeUnit.SECONDS);
            attended.await(worker, Event.Exited.class);
            Running.await("told the others", _ -> heard.contains("Exited"));
            assertThat(heard).startsWith("Forked", "Online", "Listening", "Ready");
            assertThat(reported).extracting(Throwable::getMessage).containsExactlyElementsOf(heard);
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    @Test
    void aListenerCannotWaitForWhatOnlyListenersHear() throws Exception {
        try (var attended = new Attended()) {
            var refusals = new ArrayList<CompletableFuture<String>>();
            for (Consumer<Cluster> wrong : List.<Consumer<Cluster>>of(Cluster::close, EventsTest::awaitExit)) {
                var refusal = new CompletableFuture<String>();
                refusals.add(refusal);
                attended.cluster().onEvent(_ -> {
                    try {
                        wrong.accept(attended.cluster());
                        refusal.complete("nothing");
                    } catch (IllegalStateException e) {
                        refusal.complete(e.getMessage());
                    }
                });
            }
            var worker = attended.fork();
            assertThat(refusals.get(0).get(10, TimeUnit.SECONDS))
                    .startsWith("a listener of the cluster's events called close, which waits");
            assertThat(refusals.get(1).get(10, TimeUnit.SECONDS))
                    .startsWith("a listener of the cluster's events called awaitExit, which waits");
            assertThat(ask(worker, "identity")).startsWith("1 1");
            worker.kill(9);
        }
    }

    private static void awaitExit(Cluster cluster) {
        try {
            cluster.awaitExit();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aListenerCanForkAndEndWorkers() throws Exception {
        try (var attended = new Attended()) {
            var next = new CompletableFuture<Worker>();
            attended.cluster().onEvent(event -> {
                if (event instanceof Event.Exited && !next.isDone()) {
                    next.complete(forked(attended));
                }
            });
            var worker = attended.fork();
            worker.kill(9);
            var successor = next.get(10, TimeUnit.SECONDS);
            assertThat(ask(successor, "identity")).startsWith("2 1");
            successor.kill(9);
        }
    }

    private static Worker forked(Attended attended) {
        try {
            return attended.fork();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
