package io.netcluster.primary;

import java.time.Duration;

/** When a worker that has exited is started again. */
public enum RestartPolicy {
    /** When its exit status was not 0, or a signal ended it. */
    ON_FAILURE,
    /** Whatever its exit status. */
    ALWAYS,
    /** Not at all. */
    NEVER;

    /** The exit status of a worker that cannot run and will not the next time: EX_CONFIG of sysexits.h. */
    static final int CANNOT_WORK = 78;

    private static final Duration FIRST_DELAY = Duration.ofSeconds(1);
    private static final Duration LONGEST_DELAY = Duration.ofSeconds(30);
    private static final double GROWTH = 1.5;

    boolean restarts(int status) {
        return status != CANNOT_WORK
                && switch (this) {
                    case ON_FAILURE -> status != 0;
                    case ALWAYS -> true;
                    case NEVER -> false;
                };
    }

    /** How long to wait after so many deaths in a row before readiness: none, 1 s, 1.5 s, 2.25 s … 30 s. */
    static Duration delay(int deaths) {
        if (deaths == 0) {
            return Duration.ZERO;
        }
        double millis = FIRST_DELAY.toMillis() * Math.pow(GROWTH, deaths - 1.0);
        return Duration.ofMillis((long) Math.min(millis, (double) LONGEST_DELAY.toMillis()));
    }
}
