package io.netcluster.primary;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How long a worker has been beyond its limits, and what follows from that: pure functions.
 *
 * <p>Memory is a limit only to who stays beyond it, for a collection may be about to come. Times are those during which
 * the primary has looked: while it was itself stopped, nobody was silent.
 *
 * @param overRss since when, in time that was looked at, it has had too much resident memory
 * @param overHeap likewise of heap
 * @param silent how long it has owed an answer
 */
record Vitals(Duration overRss, Duration overHeap, Duration silent) {
    static final Vitals GOOD = new Vitals(Duration.ZERO, Duration.ZERO, Duration.ZERO);

    /** How long resident memory must be too large, which seldom shrinks. */
    static final Duration RSS_PATIENCE = Duration.ofSeconds(3);

    /** How long the heap must be too full, in which garbage counts. */
    static final Duration HEAP_PATIENCE = Duration.ofSeconds(10);

    private static final Duration LONGEST_LOOK = Duration.ofSeconds(2);

    /**
     * What is seen of a worker.
     *
     * @param rss resident memory, or -1 if it is not known
     * @param heapUsed by its latest answer, or -1
     * @param heapMax likewise
     * @param owes whether it has been asked for a sign of life, and has given none
     */
    record Look(long rss, long heapUsed, long heapMax, boolean owes) {}

    /** What is to be done with a worker. */
    sealed interface Verdict {
        /** It is well. */
        record Well() implements Verdict {}

        /** It is to be replaced, as it works still; why, as the end of a sentence about it. */
        record Spent(String why) implements Verdict {}

        /** It is to be replaced, as it does nothing any more. */
        record Hung(String why) implements Verdict {}
    }

    /** After another look. */
    Vitals after(Look look, Limits limits, Duration elapsed) {
        var seen = elapsed.isNegative() ? Duration.ZERO : elapsed.compareTo(LONGEST_LOOK) < 0 ? elapsed : LONGEST_LOOK;
        boolean isOverRss = limits.rss() != null && look.rss() > limits.rss();
        boolean isOverHeap = limits.heap() != null && limits.heap().isExceeded(look.heapUsed(), look.heapMax());
        return new Vitals(
                isOverRss ? overRss.plus(seen) : Duration.ZERO,
                isOverHeap ? overHeap.plus(seen) : Duration.ZERO,
                look.owes() ? silent.plus(seen) : Duration.ZERO);
    }

    /** What follows, for a worker that was started then. */
    Verdict verdict(Look look, Limits limits, Instant started, Instant now) {
        if (limits.hangTimeout() != null && silent.compareTo(limits.hangTimeout()) >= 0) {
            return new Verdict.Hung("has given no sign of life for " + seconds(limits.hangTimeout()));
        }
        var why = spent(look, limits, started, now);
        return why == null ? new Verdict.Well() : new Verdict.Spent(why);
    }

    private @Nullable String spent(Look look, Limits limits, Instant started, Instant now) {
        if (limits.rss() != null && overRss.compareTo(RSS_PATIENCE) >= 0) {
            return "has " + mebibytes(look.rss()) + " of resident memory, more than " + mebibytes(limits.rss());
        }
        if (limits.heap() != null && overHeap.compareTo(HEAP_PATIENCE) >= 0) {
            return "uses " + mebibytes(look.heapUsed()) + " of " + mebibytes(look.heapMax()) + " of heap, more than "
                    + limits.heap();
        }
        if (limits.age() != null && !now.isBefore(started.plus(limits.age()))) {
            return "is older than " + seconds(limits.age());
        }
        var next = limits.schedule() == null ? null : limits.schedule().next(started);
        return next != null && !now.isBefore(next) ? "is due by the schedule " + limits.schedule() : null;
    }

    static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
    }

    private static String seconds(Duration time) {
        return time.toMillis() % 1000 == 0 ? time.toSeconds() + " s" : time.toMillis() + " ms";
    }
}
