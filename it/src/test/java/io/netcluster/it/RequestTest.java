package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netcluster.ClusterOptions;
import io.netcluster.it.Correspondents.One;
import io.netcluster.it.programs.Words;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every request ends: by its reply, by the reason why there is none, or when its time is up. */
final class RequestTest {
    private static final Duration SOON = Duration.ofMillis(50);

    private final Correspondents all =
            new Correspondents(ClusterOptions.defaults().codec(Words.CODEC));

    @AfterEach
    void close() {
        all.close();
    }

    private static Object ask(One one, Object question) throws Exception {
        return one.worker().request(question, Running.PATIENCE).get(Running.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void bothSidesAskAndAnswer() throws Exception {
        var one = all.fork("codec", "answer");
        assertThat(ask(one, "a question")).isEqualTo("a question");
        assertThat((byte[]) ask(one, new byte[] {1, 2})).containsExactly(1, 2);
        assertThat(ask(one, Words.of("one", "two"))).isEqualTo(Words.of("two", "one"));
        assertThat(ask(one, "later")).isEqualTo("it is later");
        one.worker().onRequest(message -> "yes, " + message.text());
        assertThat(one.tell("request please")).isEqualTo("yes, please");
        one.worker().onRequest(message -> CompletableFuture.supplyAsync(() -> "soon, " + message.text()));
        assertThat(one.tell("request please")).isEqualTo("soon, please");
    }

    @ParameterizedTest
    @CsvSource({
        "fail, a request that fails",
        "fail later, later",
        "fail much later, java.lang.IllegalStateException: much later",
        "nothing, null",
        "nothing later, null",
        "large, 16777217",
        "large later, 16777217",
        "wrong, java.lang.Integer"
    })
    void aFailureReachesWhoAsksAndHarmsNothingElse(String question, String why) throws Exception {
        var one = all.fork("answer");
        assertThatThrownBy(() -> ask(one, question))
                .cause()
                .isInstanceOf(IOException.class)
                .hasMessageContaining(why)
                .hasMessageNotContaining("CompletionException");
        assertThat(ask(one, "and on")).isEqualTo("and on");
    }

    @Test
    void soItIsWhenThePrimaryFails() throws Exception {
        var one = all.fork();
        one.worker().onRequest(message -> {
            throw new IllegalStateException("the primary fails at " + message.text());
        });
        assertThat(one.tell("request this")).contains("IOException").contains("the primary fails at this");
    }

    @Test
    void aReplyThatCannotBeReadIsAFailure() throws Exception {
        var one = all.fork("codec", "answer");
        assertThatThrownBy(() -> ask(one, Words.of("single")))
                .cause()
                .isInstanceOf(IOException.class)
                .hasMessageContaining("a single word"); // the worker cannot read that
        one.worker().onRequest(_ -> Words.of("single"));
        assertThat(one.tell("request words")).contains("a single word");
    }

    @Test
    void whenTimeIsUpItFailsAndALateReplyIsNobodys() throws Exception {
        var one = all.fork("answer");
        assertThat(ask(one, "are you there?")).isEqualTo("are you there?");
        var late = one.worker().request("held", SOON);
        assertThatThrownBy(() -> late.get(20, TimeUnit.SECONDS)).hasCauseInstanceOf(TimeoutException.class);
        one.done("release");
        assertThat(ask(one, "held")).isEqualTo("released");
        assertThat(ask(one, "and on")).isEqualTo("and on");
        assertThat(late).isCompletedExceptionally();
    }

    @Test
    void whatTimedOutOrWasCancelledLeavesNothing() throws Exception {
        var one = all.fork("answer");
        var traces = new ArrayList<WeakReference<CompletableFuture<Object>>>();
        for (int i = 0; i < 100; i++) {
            var request = one.worker().request("never", i % 2 == 0 ? SOON : Duration.ofDays(1));
            if (i % 2 == 1) {
                assertThat(request.cancel(false)).isTrue();
            }
            traces.add(new WeakReference<>(request));
        }
        Running.await("all are forgotten", _ -> {
            System.gc();
            return traces.stream().allMatch(trace -> trace.refersTo(null));
        });
    }

    @Test
    void noTimeIsTooLong() throws Exception {
        var one = all.fork("answer");
        assertThat(one.worker()
                        .request("hello", Duration.ofSeconds(Long.MAX_VALUE))
                        .get(20, TimeUnit.SECONDS))
                .isEqualTo("hello");
    }

    @Test
    void aPeerThatEndsFailsWhatIsPending() throws Exception {
        var one = all.fork("answer");
        assertThat(ask(one, "are you there?")).isEqualTo("are you there?");
        var never = one.worker().request("never", Duration.ofDays(1));
        one.worker().kill(9);
        assertThatThrownBy(() -> never.get(20, TimeUnit.SECONDS))
                .cause()
                .isInstanceOf(IOException.class)
                .hasMessageContaining("ended");
        assertThat(never.handle((_, failure) -> failure).get())
                .isInstanceOf(IOException.class); // in no other exception
    }

    @Test
    void soItIsWithoutAHandlerOrAConnection() throws Exception {
        var silent = all.fork();
        var listening = all.fork("take");
        listening.worker().send("are you there?");
        listening.awaitCount(1);
        for (var one : new One[] {silent, listening}) {
            var never = one.worker().request("anybody?", Duration.ofDays(1));
            one.worker().kill(9);
            assertThatThrownBy(() -> never.get(20, TimeUnit.SECONDS)).hasCauseInstanceOf(IOException.class);
        }
    }

    @Test
    void manyAtOnceEachGetTheirOwnReply() throws Exception {
        var one = all.fork("answer");
        var wrong = new AtomicInteger();
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < 20; i++) {
            int number = i;
            threads.add(Thread.startVirtualThread(() -> {
                try {
                    for (int n = 0; n < 200; n++) {
                        var question = number + " " + n;
                        wrong.addAndGet(ask(one, question).equals(question) ? 0 : 1);
                    }
                } catch (Exception e) {
                    wrong.incrementAndGet();
                }
            }));
        }
        for (var thread : threads) {
            thread.join();
        }
        assertThat(wrong).hasValue(0);
    }

    @Test
    void tooLongAQuestionIsRefused() throws Exception {
        var one = all.fork("answer");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> one.worker().request(new byte[(16 << 20) + 1], SOON))
                .withMessageContaining("16777216");
        assertThat((byte[]) ask(one, new byte[16 << 20])).hasSize(16 << 20);
    }
}
