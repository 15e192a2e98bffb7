package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netcluster.Cluster;
import io.netcluster.Event;
import io.netcluster.Message;
import io.netcluster.it.Correspondents.One;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A handler gets what was sent before it came, whoever else heard of it, and is told what it must not wait for. */
final class HandlersTest {
    private final Correspondents all = new Correspondents();

    @AfterEach
    void close() {
        all.close();
    }

    // ------------------------------------------------------------------ what it must not wait for

    enum Waiting {
        CLOSE {
            @Override
            void in(Cluster cluster) {
                cluster.close();
            }
        },
        AWAIT_EXIT {
            @Override
            void in(Cluster cluster) throws InterruptedException {
                cluster.awaitExit();
            }
        },
        AWAIT_EXIT_FOR_SOME_TIME {
            @Override
            void in(Cluster cluster) throws InterruptedException {
                cluster.awaitExit(Running.PATIENCE);
            }
        };

        abstract void in(Cluster cluster) throws InterruptedException;

        String outcome(Cluster cluster) {
            try {
                in(cluster);
                return "nothing";
            } catch (IllegalStateException | InterruptedException e) {
                return String.valueOf(e.getMessage());
            }
        }
    }

    private static String soon(CompletableFuture<String> outcome) throws Exception {
        return outcome.get(Running.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @EnumSource
    void whatWaitsForTheHandlerItselfIsRefused(Waiting waiting) throws Exception {
        var one = all.fork("answer");
        var other = all.fork("take").taking();
        var refused = "a handler of a worker's messages or replies called ";

        var byMessage = new CompletableFuture<String>();
        one.worker().onMessage(_ -> byMessage.complete(waiting.outcome(all.cluster())));
        one.done("send hello");
        assertThat(soon(byMessage)).startsWith(refused);

        one.worker().onRequest(_ -> waiting.outcome(all.cluster()));
        assertThat(one.done("request please")).startsWith(refused);

        var byReply = new CompletableFuture<String>();
        var reply = one.worker().request("held", Running.PATIENCE);
        var _ = reply.thenRun(() -> byReply.complete(waiting.outcome(all.cluster())));
        one.done("release");
        assertThat(soon(byReply)).startsWith(refused);

        other.done("send hello");
        assertThat(other.next().text()).as("it is open still").isEqualTo("hello");
    }

    @Test
    void aHandlerCanHaveAnotherThreadCloseTheCluster() throws Exception {
        var one = all.fork("take");
        var closing = new CompletableFuture<Thread>();
        one.worker().onMessage(_ -> closing.complete(Thread.startVirtualThread(all.cluster()::close)));
        one.done("send goodbye");
        assertThat(closing.get(20, TimeUnit.SECONDS).join(Running.PATIENCE)).isTrue();
        assertThat(one.worker().exit())
                .hasValueSatisfying(exit -> assertThat(exit.status()).isZero());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aWorkersHandlerCanDisconnectItAndIsFinishedFirst(boolean request) throws Exception {
        var one = all.fork("take", "answer").taking();
        if (request) {
            assertThat(one.worker().request("disconnect", Running.PATIENCE).get(20, TimeUnit.SECONDS))
                    .isEqualTo("disconnecting");
        } else {
            one.worker().send("disconnect");
            assertThat(one.next().text()).isEqualTo("disconnecting");
        }
        one.awaitExit();
        assertThat(one.worker().exitedAfterDisconnect()).isTrue();
        assertThat(one.worker().exit().orElseThrow().status()).isZero();
    }

    // ------------------------------------------------------------------ what came before it

    private static void awaitHeard(List<Event> events, int count) {
        Running.await(
                "heard",
                _ -> events.stream().filter(Event.Received.class::isInstance).count() == count);
    }

    @Test
    void whatOnlyListenersHaveHeardComesToTheFirstHandlerToo() throws Exception {
        var events = all.events();
        var one = all.fork("send_first", "send_second");
        awaitHeard(events, 2);
        one.taking();
        one.done("send third");
        for (var text : List.of("first", "second", "third")) {
            assertThat(one.next().text()).isEqualTo(text);
        }
        var second = new CompletableFuture<Message>();
        one.worker().onMessage(second::complete);
        one.done("send fourth");
        assertThat(second.get(20, TimeUnit.SECONDS).text())
                .as("a second handler gets only what is new")
                .isEqualTo("fourth");
        awaitHeard(events, 4);
    }

    @Test
    void soItDoesWhenTheListenerComesLateAsWell() throws Exception {
        var one = all.fork("send_first", "send_second");
        one.done("send third");
        var events = new CopyOnWriteArrayList<Event>();
        one.worker().onEvent(events::add);
        awaitHeard(events, 3);
        one.done("send fourth");
        awaitHeard(events, 4);
        one.taking();
        for (var text : List.of("first", "second", "third", "fourth")) {
            assertThat(one.next().text()).isEqualTo(text);
        }
        assertThat(events.stream().filter(Event.Received.class::isInstance))
                .as("each is heard once")
                .hasSize(4);
    }

    @Test
    void ofThatOnlyTheLatestMebibyteIsKept() throws Exception {
        var events = all.events();
        var one = all.fork();
        one.done("flood 30 100000");
        awaitHeard(events, 30);
        one.taking();
        one.done("send end");
        var numbers = IntStream.range(0, 10)
                .map(_ -> ByteBuffer.wrap(next(one).bytes()).getInt())
                .boxed()
                .toList();
        assertThat(numbers)
                .containsExactlyElementsOf(IntStream.range(20, 30).boxed().toList());
        assertThat(one.next().text()).isEqualTo("end");
    }

    private static Message next(One one) {
        try {
            return one.next();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    // ------------------------------------------------------------------ what has yet to begin, or to end

    @Test
    void aDisconnectWaitsForAProgramThatHasYetToBeginWithWhatWasSent() throws Exception {
        var one = all.fork().taking();
        var draining = new CompletableFuture<Event>();
        one.worker().onEvent(event -> {
            if (event instanceof Event.Draining) {
                draining.complete(event);
            }
        });
        for (int i = 0; i < 100; i++) {
            one.worker().send("echo " + i);
        }
        var exited = one.worker().disconnect(Running.PATIENCE);
        assertThat(draining.get(20, TimeUnit.SECONDS)).isEqualTo(new Event.Draining(one.worker(), 0));
        one.done("count");
        one.order("take");
        for (int i = 0; i < 100; i++) {
            assertThat(one.next().text()).isEqualTo(String.valueOf(i));
        }
        assertThat(exited.get(20, TimeUnit.SECONDS).status()).isZero();
    }

    @Test
    void itWaitsForRepliesThatAreStillBeingMade() throws Exception {
        var one = all.fork("answer");
        var reply = one.worker().request("held", Running.PATIENCE);
        assertThat(one.worker().request("are you there?", Running.PATIENCE).get(20, TimeUnit.SECONDS))
                .isEqualTo("are you there?");
        var exited = one.worker().disconnect(Running.PATIENCE);
        assertThatThrownBy(() -> exited.get(300, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        one.done("release");
        assertThat(reply.get(20, TimeUnit.SECONDS)).isEqualTo("released");
        assertThat(exited.get(20, TimeUnit.SECONDS).status()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "answer"})
    void neitherKeepsAWorkerBeyondItsTime(String command) throws Exception {
        var one = command.isEmpty() ? all.fork() : all.fork(command);
        one.worker().send("to nobody");
        var _ = one.worker().request("never", Running.PATIENCE);
        one.done("count");
        var exited = one.worker().disconnect(Duration.ofMillis(300));
        assertThat(exited.get(10, TimeUnit.SECONDS).status()).isZero();
    }
}
