package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;
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
        "1, 10, 10, exit",
        "1000, 10, 10, exit",
        "1000, 10, 10, main",
        "1000, 10, 4, throw",
        "1000, 1000, 5, exit",
        "1000, 1000, 5, main",
        "50, 100000, 3, exit",
        "50, 100000, 3, main",
        "3, 10000000, 2, exit",
        "3, 10000000, 2, main"
    })
    void whatAWorkerSendsRightBeforeItEndsArrivesBeforeExited(int count, int size, int rounds, String how)
            throws Exception {
        var events = all.events();
        for (int round = 0; round < rounds; round++) {
            events.clear();
            var one = all.fork();
            one.order("leave " + count + " " + size + " " + how);
            one.awaitExit();
            Running.await("exited", _ -> events.stream().anyMatch(Event.Exited.class::isInstance));
            assertThat(events.getLast()).isInstanceOf(Event.Exited.class);
            assertThat(events.stream().filter(Event.Received.class::isInstance)).hasSize(count);
        }
    }

    @Test
    void soDoesWhatItsShutdownHooksSendBeItsFirst() throws Exception {
        var one = all.fork("last-words_goodbye").taking();
        var other = all.fork("send_hello", "last-words_goodbye", "last-words_farewell")
                .taking();
        assertThat(other.next().text()).isEqualTo("hello");
        for (var each : new Correspondents.One[] {one, other}) {
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
        for (int round = 0; round < 10; round++) {
            var one = all.fork("take").taking();
            one.done("count");
            for (int i = 0; i < count; i++) {
                one.worker().send("echo " + i);
            }
            var exit = one.worker().disconnect().get(20, TimeUnit.SECONDS);
            assertThat(exit.status()).isZero();
            for (int i = 0; i < count; i++) {
                assertThat(one.next().text()).isEqualTo(String.valueOf(i));
            }
        }
    }

    @Test
    void soIsWhatComesWhileAHandlerIsBusyAndWhatWasKeptForOne() throws Exception {
        var one = all.fork("hold", "send_hello").taking();
        assertThat(one.next().text()).isEqualTo("hello");
        for (int i = 0; i < 100; i++) {
            one.worker().send("echo " + i);
        }
        one.done("take");
        var exited = one.worker().disconnect();
        Running.await("it drains", _ -> one.worker().state() == io.netcluster.Worker.State.DRAINING);
        one.done("release");
        assertThat(exited.get(20, TimeUnit.SECONDS).status()).isZero();
        for (int i = 0; i < 100; i++) {
            assertThat(one.next().text()).isEqualTo(String.valueOf(i));
        }
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
