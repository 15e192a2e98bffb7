package io.netcluster.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A wait looks where an answer comes at once, and sleeps where none does. */
final class SpinTest {
    private final Spin spin = new Spin();

    @BeforeEach
    void somebodyElseCanAnswerMeanwhile() {
        assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "two processors");
    }

    private void waitInVain() {
        while (spin.goesOn()) {}
    }

    @Test
    void whereNothingComesFewerAndFewerWaitsLook() {
        int looks = 0;
        for (int waits = 0; waits < 3_000; waits++) {
            if (spin.begins()) {
                looks++;
                waitInVain();
            }
        }
        assertThat(looks).isBetween(10, 14);
    }

    @Test
    void whatComesAtOnceMakesTheNextWaitLook() {
        assertThat(spin.begins()).isTrue();
        waitInVain();
        assertThat(spin.begins()).isFalse();
        assertThat(spin.begins()).isTrue();
        spin.succeeded();
        assertThat(spin.begins()).isTrue();
    }

    @Test
    void whatComesLateLetsThreeWaitsOfFourSleep() {
        int looks = 0;
        for (int waits = 0; waits < 400; waits++) {
            if (spin.begins()) {
                looks++;
                long late = System.nanoTime() + 30_000;
                while (System.nanoTime() < late) {
                    Thread.onSpinWait();
                }
                spin.succeeded();
            }
        }
        assertThat(looks).isBetween(100, 103);
    }
}
