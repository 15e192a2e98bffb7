package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netcluster.ClusterOptions;
import io.netcluster.Event;
import io.netcluster.it.Correspondents.One;
import io.netcluster.it.programs.Words;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Messages between a primary and its workers arrive as they were sent: both ways, to one and to all, in order. */
final class MessagesTest {
    private static final int MAX = 16 << 20;

    private final Correspondents all =
            new Correspondents(ClusterOptions.defaults().codec(Words.CODEC));

    @AfterEach
    void close() {
        all.close();
    }

    @Test
    void stringsBytesAndTheProgramsOwnObjectsGoBothWays() throws Exception {
        var one = all.fork("codec", "take").taking();
        one.worker().send("a string: ä€😀");
        one.worker().send(new byte[] {1, 2, 3});
        one.worker().send(Words.of("some", "words"));
        one.worker().send("");
        one.worker().send(new byte[0]);
        one.awaitCount(5);
        assertThat(one.tell("seen")).isEqualTo("a string: ä€😀,bytes:3,Words[words=[some, words]],,bytes:0");
        one.done("send a string: ä€😀");
        one.done("send-bytes 7");
        one.done("send-words some other words");
        assertThat(one.next().text()).isEqualTo("a string: ä€😀");
        assertThat(one.next().bytes()).hasSize(7);
        assertThat(one.next().content()).isEqualTo(Words.of("some", "other", "words"));
    }

    @Test
    void withoutACodecAnObjectIsRefusedAndTheErrorSaysWhatToDo() throws Exception {
        var one = all.fork("take").taking();
        assertThat(one.tell("send-words some words"))
                .contains("IllegalArgumentException")
                .contains("Words")
                .contains("codec");
        try (var without = new Correspondents()) {
            var other = without.fork("take");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> other.worker().send(List.of(1)))
                    .withMessageContaining("List")
                    .withMessageContaining("ClusterOptions.codec");
            assertThatIllegalArgumentException().isThrownBy(() -> other.worker().send(1));
        }
    }

    @Test
    void whatTheCodecCannotWriteOrReadHarmsNothingElse() throws Exception {
        var one = all.fork("codec", "take").taking();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> one.worker().send(Words.of()))
                .withMessageContaining("there is no word");
        var reported = new CompletableFuture<Throwable>();
        reporting(reported, () -> {
            one.done("send-words single");
            assertThat(reported.get(20, TimeUnit.SECONDS)).hasMessageContaining("a single word");
        });
        one.done("send-words a couple");
        assertThat(one.next().content()).isEqualTo(Words.of("a", "couple"));
    }

    private interface Task {
        void run() throws Exception;
    }

    private static void reporting(CompletableFuture<Throwable> first, Task task) throws Exception {
        var before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((_, thrown) -> first.complete(thrown));
        try {
            task.run();
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    @Test
    void thePrimaryReachesAllAndAWorkerAllOthersAndThePrimary() throws Exception {
        var workers = List.of(
                all.fork("take").taking(),
                all.fork("take").taking(),
                all.fork("take").taking());
        all.cluster().broadcast("from the primary");
        for (var one : workers) {
            one.awaitCount(1);
        }
        workers.getFirst().done("broadcast from-a-worker");
        assertThat(workers.getFirst().next().text()).isEqualTo("from-a-worker");
        workers.get(1).awaitCount(2);
        workers.get(2).awaitCount(2);
        assertThat(workers.get(2).tell("seen")).isEqualTo("from the primary,from-a-worker");
        workers.getFirst().worker().send("last");
        workers.getFirst().awaitCount(2);
        assertThat(workers.getFirst().tell("seen")).isEqualTo("from the primary,last");
    }

    @Test
    void aBroadcastReachesThoseWhoAreThere() throws Exception {
        var gone = all.fork("take");
        var one = all.fork("take");
        gone.worker().kill(9);
        all.cluster().broadcast("hello");
        gone.awaitExit();
        all.cluster().broadcast("again");
        one.awaitCount(2);
    }

    @Test
    void orderIsKeptBothWaysAtOnce() throws Exception {
        int count = 20_000;
        var one = all.fork("take").taking();
        one.done("flood " + count + " 200");
        for (int i = 0; i < count; i++) {
            one.worker().send(String.valueOf(i));
        }
        for (int i = 0; i < count; i++) {
            assertThat(ByteBuffer.wrap(one.next().bytes()).getInt()).isEqualTo(i);
        }
        one.awaitCount(count);
        var seen = one.tell("seen").split(",");
        for (int i = 0; i < count; i++) {
            assertThat(seen[i]).isEqualTo(String.valueOf(i));
        }
    }

    @Test
    void whatIsSentBeforeTheJvmIsUpOrThereIsAHandlerIsKeptInOrder() throws Exception {
        var one = all.fork(); // has nothing to do with messages yet
        for (int i = 0; i < 1_000; i++) {
            one.worker().send("before " + i);
        }
        one.done("send hello"); // connects
        one.done("answer"); // takes requests alone
        assertThat(one.worker().request("are you there?", Running.PATIENCE).get())
                .isEqualTo("are you there?");
        for (int i = 0; i < 1_000; i++) {
            one.worker().send("after " + i);
        }
        assertThat(one.tell("count")).isEqualTo("0");
        one.done("take");
        for (int i = 0; i < 1_000; i++) {
            one.worker().send("at last " + i);
        }
        one.awaitCount(3_000);
        var seen = one.tell("seen").split(",");
        for (int i = 0; i < 1_000; i++) {
            assertThat(seen[i]).isEqualTo("before " + i);
            assertThat(seen[1_000 + i]).isEqualTo("after " + i);
            assertThat(seen[2_000 + i]).isEqualTo("at last " + i);
        }
        one.taking();
        assertThat(one.next().text()).isEqualTo("hello");
    }

    @Test
    void aHandlerThatThrowsIsReportedAndHarmsNobody() throws Exception {
        var one = all.fork("take");
        var reported = new CompletableFuture<Throwable>();
        var second = new CountDownLatch(1);
        reporting(reported, () -> {
            one.worker().onMessage(message -> {
                if (message.text().equals("first")) {
                    throw new IllegalStateException("a handler that fails");
                }
                second.countDown();
            });
            one.done("send first");
            one.done("send second");
            assertThat(second.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(reported.get(20, TimeUnit.SECONDS)).hasMessage("a handler that fails");
        });
        one.worker().send("fail"); // its trace is on standard error
        one.worker().send("and then");
        one.awaitCount(2);
    }

    @Test
    void oneHandlerOfAPeerRunsAtATime() throws Exception {
        var one = all.fork("take", "answer");
        var running = new AtomicInteger();
        var most = new AtomicInteger();
        var came = new AtomicInteger();
        for (int i = 0; i < 500; i++) {
            one.order("send " + i);
            one.order("request " + i);
        }
        Thread.ofVirtual().start(() -> {
            try {
                for (int i = 0; i < 1_000; i++) {
                    one.heard();
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        one.worker().onMessage(_ -> count(running, most, came));
        one.worker().onRequest(message -> {
            count(running, most, came);
            return message.content();
        });
        Running.await("all", _ -> came.get() == 1_000);
        assertThat(most).hasValue(1);
    }

    private static void count(AtomicInteger running, AtomicInteger most, AtomicInteger came) {
        most.accumulateAndGet(running.incrementAndGet(), Math::max);
        Thread.yield();
        running.decrementAndGet();
        came.incrementAndGet();
    }

    @Test
    void messagesAreEventsTooBetweenOnlineAndExited() throws Exception {
        var events = all.events();
        var one = all.fork("send_first", "send_second");
        var own = new ArrayList<Event>();
        one.worker().onEvent(own::add);
        one.done("leave 100 10 main");
        one.awaitExit();
        Running.await("exited", _ -> events.stream().anyMatch(Event.Exited.class::isInstance));
        var kinds =
                events.stream().map(event -> event.getClass().getSimpleName()).toList();
        assertThat(kinds).startsWith("Forked", "Online").endsWith("Exited");
        assertThat(kinds.stream().filter("Received"::equals)).hasSize(102);
        assertThat(events.stream()
                        .filter(Event.Received.class::isInstance)
                        .map(event -> ((Event.Received) event).message().content())
                        .limit(2))
                .containsExactly("first", "second");
        assertThat(own.stream().filter(Event.Received.class::isInstance)).hasSize(102);
    }

    @Test
    void theLongestMessageArrivesAndALongerOneIsRefused() throws Exception {
        var one = all.fork("take").taking();
        one.worker().send(new byte[MAX]);
        one.awaitCount(1);
        assertThat(one.tell("seen")).isEqualTo("bytes:" + MAX);
        one.done("send-bytes " + MAX);
        assertThat(one.next().bytes()).hasSize(MAX);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> one.worker().send(new byte[MAX + 1]))
                .withMessageContaining("16777217")
                .withMessageContaining("16777216");
        assertThat(one.tell("send-bytes " + (MAX + 1)))
                .contains("IllegalArgumentException")
                .contains("16777216");
        one.worker().send("and on it goes");
        one.awaitCount(2);
    }

    @Test
    void aPeerThatHasEndedIsAnIOException() throws Exception {
        var one = all.fork("take");
        one.done("count");
        one.worker().send("something");
        one.worker().kill(9);
        one.awaitExit();
        assertThatThrownBy(() -> one.worker().send("anything")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> one.worker().request("anything", Running.PATIENCE))
                .isInstanceOf(IOException.class);
    }

    @Test
    void aHandlerMaySendToItsOwnPeerAndToOthers() throws Exception {
        var workers = List.of(all.fork("take"), all.fork("take"));
        var done = new CountDownLatch(1_000);
        workers.get(0).worker().onMessage(message -> sendSafely(workers.get(1), "echo " + message.text()));
        workers.get(1).worker().onMessage(_ -> done.countDown());
        for (int i = 0; i < 1_000; i++) {
            workers.getFirst().worker().send("echo " + i);
        }
        assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
    }

    private static void sendSafely(One to, String text) {
        try {
            to.worker().send(text);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aPrimaryThatTakesNoMessagesIsAnErrorAtOnceAndTheWorkerLives() throws Exception {
        try (var puppets = Puppets.start(1)) {
            for (var command : List.of("send hello", "send again", "request hello", "broadcast hello")) {
                assertThat(puppets.tell(1, command))
                        .contains("IOException")
                        .contains("this cluster's primary takes no messages");
            }
            assertThat(puppets.done(1, "open a channel 127.0.0.1 0")).isNotEmpty();
            assertThat(puppets.running().stop()).isZero();
        }
    }
}
