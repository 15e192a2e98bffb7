package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netcluster.Event;
import io.netcluster.it.Correspondents.One;
import io.netcluster.it.programs.LastWords;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Nothing is lost when a process ends: what a worker sends as its last arrives, and what it is sent before its end too. */
final class MessagesAtExitTest {
    private final Correspondents all = new Correspondents();

    @AfterEach
    void close() {
        all.close();
    }

    @ParameterizedTest
    @CsvSource({
        "1, 10, 4, exit",
        "1000, 10, 10, exit",
        "1000, 10, 10, main",
        "1000, 10, 2, throw",
        "1000, 1000, 3, exit",
        "1000, 1000, 3, main",
        "50, 100000, 2, exit",
        "50, 100000, 2, main",
        "3, 10000000, 2, exit",
        "3, 10000000, 2, main"
    })
    void whatAWorkerSendsRightBeforeItEndsArrivesBeforeExited(int count, int size, int rounds, String how)
            throws Exception {
        var events = all.events();
        var workers = new ArrayList<One>();
        for (int round = 0; round < rounds; round++) {
            var one = all.fork();
            one.order("leave " + count + " " + size + " " + how);
            workers.add(one);
        }
        Running.await(
                "exited",
                _ -> events.stream().filter(Event.Exited.class::isInstance).count() == rounds);
        for (var one : workers) {
            var own = events.stream()
                    .filter(event -> event.worker() == one.worker())
                    .toList();
            assertThat(own.getLast()).isInstanceOf(Event.Exited.class);
            assertThat(own.stream().filter(Event.Received.class::isInstance)).hasSize(count);
        }
    }

    @Test
    void soDoesWhatItsShutdownHooksSendBeItsFirst() throws Exception {
        var one = all.fork("last-words_goodbye").taking();
        var other = all.fork("send_hello", "last-words_goodbye", "last-words_farewell")
                .taking();
        assertThat(other.next().text()).isEqualTo("hello");
        for (var each : new One[] {one, other}) {
            each.done("count");
            each.worker().kill();
            each.awaitExit();
        }
        assertThat(one.next().text()).isEqualTo("goodbye");
        var two = new ArrayList<String>();
        two.add(other.next().text());
        two.add(other.next().text());
        assertThat(two).containsExactlyInAnyOrder("goodbye", "farewell");
    }

    @ParameterizedTest
    @CsvSource({"1, 10", "1000, 10", "150, 1000", "3, 100000"}) // for which there is room in any case
    void soDoesWhatThePrimarySendsRightBeforeItExits(int count, int size) throws Exception {
        try (var primary = Launch.java(LastWords.class, count, size)) {
            Running.await("the worker ends", _ -> !primary.lines("^came").isEmpty());
            assertThat(primary.lines("^came")).containsExactly("came " + count);
        }
    }

    @Test
    void aHandlerDoesNotKeepAWorkerWhoseMainHasReturned() throws Exception {
        var one = all.fork("take", "answer");
        one.order("leave 0 0 main");
        one.awaitExit();
        assertThat(one.worker().exit().orElseThrow().status()).isZero();
    }

    @Test
    void whatNobodyTakesYetIsKept() throws Exception {
        var one = all.fork();
        one.order("leave 10 100000 exit");
        one.awaitExit();
        one.taking();
        for (int i = 0; i < 10; i++) {
            assertThat(one.next().bytes()).hasSize(100_000);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1_000})
    void whatIsSentRightBeforeADisconnectIsHandled(int count) throws Exception {
        var workers = new ArrayList<One>();
        for (int round = 0; round < 6; round++) {
            workers.add(all.fork("take").taking());
        }
        for (var one : workers) {
            one.done("count");
            for (int i = 0; i < count; i++) {
                one.worker().send("echo " + i);
            }
            var exited = one.worker().disconnect();
            assertThat(exited.get(20, TimeUnit.SECONDS).status()).isZero();
            for (int i = 0; i < count; i++) {
                assertThat(one.next().text()).isEqualTo(String.valueOf(i));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void soIsWhatWaitsForABusyHandlerAndWhatWasKeptForOne(boolean kept) throws Exception {
        var one = all.fork("hold", kept ? "count" : "take", "send_hello").taking();
        assertThat(one.next().text()).isEqualTo("hello");
        for (int i = 0; i < 100; i++) {
            one.worker().send("echo " + i);
        }
        one.done("take");
        var exited = one.worker().disconnect();
        assertThatThrownBy(() -> exited.get(300, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        one.done("release");
        assertThat(exited.get(20, TimeUnit.SECONDS).status()).isZero();
        for (int i = 0; i < 100; i++) {
            assertThat(one.next().text()).isEqualTo(String.valueOf(i));
        }
    }

    @Test
    void exitedWaitsForListenersThatTakeTheirTime() throws Exception {
        var one = all.fork();
        var before = new AtomicInteger();
        var received = new AtomicInteger();
        all.cluster().onEvent(event -> {
            if (event instanceof Event.Received && received.incrementAndGet() == 1) {
                ProcessHandle.of(event.worker().pid())
                        .ifPresent(process -> process.onExit().join());
            }
            if (event instanceof Event.Exited) {
                before.set(received.get());
            }
        });
        one.order("leave 150 10 exit"); // which the kernel has room for: it does not wait for who waits for it
        one.awaitExit();
        Running.await("exited", _ -> before.get() > 0);
        assertThat(before).hasValue(150);
    }

    @Test
    void aHandlerThatNeverReturnsDoesNotKeepAWorkerBeyondItsTime() throws Exception {
        var one = all.fork("hold", "take");
        one.done("count");
        one.worker().send("stop here");
        one.worker().send("never seen");
        var exit = one.worker().disconnect(Duration.ofMillis(300)).get(20, TimeUnit.SECONDS);
        assertThat(exit.status()).isZero();
    }

    @Test
    void messagesThatNobodyTakesDoNotKeepAWorkerAtAll() throws Exception {
        var one = all.fork("send_hello");
        one.done("count");
        one.worker().send("to nobody");
        long start = System.nanoTime();
        assertThat(one.worker().disconnect().get(20, TimeUnit.SECONDS).status()).isZero();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    }
}
