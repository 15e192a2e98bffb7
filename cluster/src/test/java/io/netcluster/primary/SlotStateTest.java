package io.netcluster.primary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.netcluster.primary.Settings.Readiness;
import io.netcluster.primary.SlotState.Action;
import io.netcluster.primary.SlotState.Backoff;
import io.netcluster.primary.SlotState.Done;
import io.netcluster.primary.SlotState.Drain;
import io.netcluster.primary.SlotState.Draining;
import io.netcluster.primary.SlotState.Event;
import io.netcluster.primary.SlotState.Exited;
import io.netcluster.primary.SlotState.Failed;
import io.netcluster.primary.SlotState.Kill;
import io.netcluster.primary.SlotState.Listening;
import io.netcluster.primary.SlotState.Online;
import io.netcluster.primary.SlotState.Ready;
import io.netcluster.primary.SlotState.Restart;
import io.netcluster.primary.SlotState.Rules;
import io.netcluster.primary.SlotState.SaidReady;
import io.netcluster.primary.SlotState.Starting;
import io.netcluster.primary.SlotState.Stop;
import io.netcluster.primary.SlotState.Stopping;
import io.netcluster.primary.SlotState.Tick;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The table: every state answers every event. */
final class SlotStateTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant SOON = NOW.plusSeconds(30);
    private static final List<Action> NOTHING = List.of();
    private static final Rules RULES =
            new Rules(RestartPolicy.ON_FAILURE, 5, false, Readiness.LISTENING, Duration.ofSeconds(30), false);
    private static final Rules UNATTENDED =
            new Rules(RestartPolicy.NEVER, 5, false, Readiness.LISTENING, Duration.ofSeconds(30), false);
    private static final Rules FINISHING =
            new Rules(RestartPolicy.NEVER, 5, false, Readiness.LISTENING, Duration.ofSeconds(30), true);
    private static final Rules LISTENS =
            new Rules(RestartPolicy.ON_FAILURE, 5, true, Readiness.LISTENING, Duration.ofSeconds(30), false);
    private static final Rules EXPLICIT =
            new Rules(RestartPolicy.ON_FAILURE, 5, false, Readiness.EXPLICIT, Duration.ofSeconds(30), false);

    static Stream<Arguments> table() {
        var young = new Starting(NOW, 2);
        var grown = new Starting(NOW.minusSeconds(1), 2);
        var ready = new Ready(NOW.minusSeconds(60), 2);
        var fresh = new Ready(NOW, 2);
        var draining = new Draining(SOON, false);
        var overdue = new Draining(NOW, false);
        var stopping = new Stopping(SOON, false);
        var drainingToRestart = new Draining(SOON, true);
        var stoppingToRestart = new Stopping(SOON, true);
        var late = new Stopping(NOW, false);
        var hopeless = new Stopping(Instant.MAX, false);
        var waiting = new Backoff(SOON, 2);
        var due = new Backoff(NOW, 2);
        var failed = new Failed(7, SOON);
        var expired = new Failed(7, NOW);
        var done = new Done(7);
        return Stream.of(
                arguments(new Starting(Instant.MAX, 2), new Online(), young, NOTHING),
                arguments(new Starting(Instant.MAX, 2), new Tick(), new Starting(Instant.MAX, 2), NOTHING),
                arguments(young, new Listening(), fresh, NOTHING),
                arguments(young, new Exited(1), new Backoff(NOW.plusMillis(2250), 3), NOTHING),
                arguments(young, new Exited(0), new Done(0), List.of(Action.RELEASE)),
                arguments(young, new Exited(78), new Failed(78, NOW.plusSeconds(60)), NOTHING),
                arguments(young, new Tick(), young, NOTHING),
                arguments(grown, new Tick(), new Ready(NOW.minusSeconds(1), 2), NOTHING),
                arguments(young, new SaidReady(), fresh, NOTHING),
                arguments(young, new Drain(SOON), draining, List.of(Action.DRAIN)),
                arguments(young, new Stop(SOON), stopping, List.of(Action.TERMINATE)),
                arguments(young, new Kill(), late, List.of(Action.KILL)),
                arguments(ready, new Online(), ready, NOTHING),
                arguments(ready, new Listening(), ready, NOTHING),
                arguments(ready, new Exited(137), new Backoff(NOW, 0), NOTHING),
                arguments(new Ready(NOW, 0), new Exited(137), new Backoff(NOW, 1), NOTHING),
                arguments(fresh, new Exited(137), new Backoff(NOW.plusMillis(1500), 3), NOTHING),
                arguments(new Ready(NOW, 4), new Exited(137), new Failed(137, NOW.plusSeconds(60)), NOTHING),
                arguments(ready, new Exited(0), new Done(0), List.of(Action.RELEASE)),
                arguments(ready, new Tick(), ready, NOTHING),
                arguments(ready, new SaidReady(), ready, NOTHING),
                arguments(ready, new Drain(SOON), draining, List.of(Action.DRAIN)),
                arguments(ready, new Stop(SOON), stopping, List.of(Action.TERMINATE)),
                arguments(ready, new Kill(), late, List.of(Action.KILL)),
                arguments(draining, new Online(), draining, NOTHING),
                arguments(draining, new Listening(), draining, NOTHING),
                arguments(draining, new SaidReady(), draining, NOTHING),
                arguments(draining, new Drain(NOW), overdue, NOTHING),
                arguments(overdue, new Drain(SOON), overdue, NOTHING),
                arguments(draining, new Exited(0), new Done(0), List.of(Action.RELEASE)),
                arguments(draining, new Exited(1), new Done(1), List.of(Action.RELEASE)),
                arguments(draining, new Tick(), draining, NOTHING),
                arguments(overdue, new Tick(), stopping, List.of(Action.TERMINATE)),
                arguments(draining, new Stop(SOON), stopping, List.of(Action.TERMINATE)),
                arguments(draining, new Kill(), late, List.of(Action.KILL)),
                arguments(stopping, new SaidReady(), stopping, NOTHING),
                arguments(stopping, new Drain(SOON), stopping, NOTHING),
                arguments(stopping, new Online(), stopping, NOTHING),
                arguments(stopping, new Listening(), stopping, NOTHING),
                arguments(stopping, new Exited(143), new Done(0), List.of(Action.RELEASE)),
                arguments(stopping, new Exited(0), new Done(0), List.of(Action.RELEASE)),
                arguments(stopping, new Exited(3), new Done(3), List.of(Action.RELEASE)),
                arguments(stopping, new Tick(), stopping, NOTHING),
                arguments(late, new Tick(), hopeless, List.of(Action.KILL)),
                arguments(stopping, new Stop(NOW), stopping, NOTHING),
                arguments(stopping, new Kill(), hopeless, List.of(Action.KILL)),
                arguments(waiting, new Online(), waiting, NOTHING),
                arguments(waiting, new Listening(), waiting, NOTHING),
                arguments(waiting, new SaidReady(), waiting, NOTHING),
                arguments(waiting, new Drain(SOON), new Done(0), List.of(Action.RELEASE)),
                arguments(waiting, new Exited(1), waiting, NOTHING),
                arguments(waiting, new Tick(), waiting, NOTHING),
                arguments(due, new Tick(), new Starting(Instant.MAX, 2), List.of(Action.START)),
                arguments(waiting, new Stop(SOON), new Done(0), List.of(Action.RELEASE)),
                arguments(waiting, new Kill(), new Done(0), List.of(Action.RELEASE)),
                arguments(failed, new Online(), failed, NOTHING),
                arguments(failed, new Listening(), failed, NOTHING),
                arguments(failed, new SaidReady(), failed, NOTHING),
                arguments(failed, new Drain(SOON), failed, NOTHING),
                arguments(failed, new Exited(1), failed, NOTHING),
                arguments(failed, new Tick(), failed, NOTHING),
                arguments(expired, new Tick(), new Failed(7, Instant.MAX), List.of(Action.RELEASE)),
                arguments(new Failed(7, Instant.MAX), new Tick(), new Failed(7, Instant.MAX), NOTHING),
                arguments(new Starting(NOW, 3), new Exited(1), new Backoff(NOW.plusMillis(3375), 4), NOTHING),
                arguments(new Starting(NOW, 4), new Exited(1), new Failed(1, NOW.plusSeconds(60)), NOTHING),
                arguments(young, new Restart(SOON), drainingToRestart, List.of(Action.DRAIN)),
                arguments(ready, new Restart(SOON), drainingToRestart, List.of(Action.DRAIN)),
                arguments(draining, new Restart(SOON), draining, NOTHING),
                arguments(stopping, new Restart(SOON), stopping, NOTHING),
                arguments(waiting, new Restart(SOON), new Backoff(NOW, 0), NOTHING),
                arguments(failed, new Restart(SOON), new Backoff(NOW, 0), NOTHING),
                arguments(done, new Restart(SOON), done, NOTHING),
                arguments(drainingToRestart, new Exited(0), new Backoff(NOW, 0), NOTHING),
                arguments(new Draining(NOW, true), new Tick(), stoppingToRestart, List.of(Action.TERMINATE)),
                arguments(drainingToRestart, new Drain(SOON), draining, NOTHING),
                arguments(drainingToRestart, new Stop(SOON), stopping, List.of(Action.TERMINATE)),
                arguments(stoppingToRestart, new Exited(143), new Backoff(NOW, 0), NOTHING),
                arguments(stoppingToRestart, new Drain(SOON), stopping, NOTHING),
                arguments(stoppingToRestart, new Stop(SOON), stopping, NOTHING),
                arguments(new Stopping(NOW, true), new Tick(), new Stopping(Instant.MAX, true), List.of(Action.KILL)),
                arguments(failed, new Stop(SOON), done, List.of(Action.RELEASE)),
                arguments(failed, new Kill(), done, List.of(Action.RELEASE)),
                arguments(done, new Online(), done, NOTHING),
                arguments(done, new Listening(), done, NOTHING),
                arguments(done, new SaidReady(), done, NOTHING),
                arguments(done, new Drain(SOON), done, NOTHING),
                arguments(done, new Exited(1), done, NOTHING),
                arguments(done, new Tick(), done, NOTHING),
                arguments(done, new Stop(SOON), done, NOTHING),
                arguments(done, new Kill(), done, NOTHING));
    }

    @ParameterizedTest
    @MethodSource("table")
    void stateAndEventGiveStateAndActions(SlotState state, Event event, SlotState next, List<Action> actions) {
        var step = state.on(event, NOW, RULES);
        assertThat(step.state()).isEqualTo(next);
        assertThat(step.actions()).isEqualTo(actions);
    }

    @Test
    void aProgramThatListensIsReadyWhenItDoesAndNotBefore() {
        var grown = new Starting(NOW.minusSeconds(10), 0);
        assertThat(grown.on(new Tick(), NOW, LISTENS).state()).isEqualTo(grown);
    }

    @Test
    void aProgramThatIsToSaySoIsReadyWhenItDoesAndNotBefore() {
        var grown = new Starting(NOW.minusSeconds(10), 0);
        assertThat(grown.on(new Tick(), NOW, EXPLICIT).state()).isEqualTo(grown);
        assertThat(grown.nextTick(EXPLICIT)).isEmpty();
        assertThat(grown.on(new SaidReady(), NOW, EXPLICIT).state()).isEqualTo(new Ready(NOW, 0));
    }

    /** A slot that is forked again begins anew: what its last failure had to wait for is no more. */
    @Test
    void theListenersOfAFailureAreHeldForAMinuteFromThatFailureOn() {
        for (var state : List.of(new Starting(NOW, 0), new Ready(NOW, 0))) {
            var failed = state.on(new Exited(137), NOW, UNATTENDED);
            assertThat(failed.state()).isEqualTo(new Failed(137, NOW.plusSeconds(60)));
            assertThat(failed.actions()).isEmpty();
            assertThat(failed.state().nextTick(UNATTENDED)).contains(NOW.plusSeconds(60));
        }
    }

    @Test
    void theyAreNotHeldWhenNobodyCanForkAnother() {
        var failed = new Ready(NOW, 0).on(new Exited(137), NOW, FINISHING);
        assertThat(failed.state()).isEqualTo(new Done(137));
        assertThat(failed.actions()).containsExactly(Action.RELEASE);
        var waiting = new Failed(137, SOON).on(new Tick(), NOW, FINISHING);
        assertThat(waiting.state()).isEqualTo(new Done(137));
        assertThat(waiting.actions()).containsExactly(Action.RELEASE);
    }

    @Test
    void nobodyWaitsForAMomentAtWhichNothingHappens() {
        var starting = new Starting(NOW, 0);
        assertThat(starting.nextTick(RULES)).contains(NOW.plusSeconds(1));
        assertThat(starting.nextTick(LISTENS)).isEmpty();
        assertThat(new Stopping(Instant.MAX, false).nextTick(LISTENS)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"0,0", "1,1000", "2,1500", "3,2250", "9,25628", "10,30000", "1000,30000"})
    void backOffGrowsByHalfUpToHalfAMinute(int deaths, long millis) {
        assertThat(RestartPolicy.delay(deaths)).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @CsvSource({
        "ON_FAILURE,0,false",
        "ON_FAILURE,1,true",
        "ON_FAILURE,137,true",
        "ON_FAILURE,78,false",
        "ALWAYS,0,true",
        "ALWAYS,1,true",
        "ALWAYS,78,false",
        "NEVER,0,false",
        "NEVER,1,false",
    })
    void thePolicyDecidesByTheStatus(RestartPolicy policy, int status, boolean again) {
        assertThat(policy.restarts(status)).isEqualTo(again);
    }
}
