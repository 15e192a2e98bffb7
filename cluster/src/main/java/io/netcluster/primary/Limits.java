package io.netcluster.primary;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a worker may use up, and how long it may be silent, before it is replaced; null for no limit.
 *
 * @param rss resident memory of its JVM, in bytes
 * @param heap used heap, garbage included
 * @param age the time since its start
 * @param schedule when it is replaced in any case
 * @param hangTimeout how long it may give no sign of life; it is killed then, and not drained
 */
public record Limits(
        @Nullable Long rss,
        @Nullable Heap heap,
        @Nullable Duration age,
        @Nullable Schedule schedule,
        @Nullable Duration hangTimeout) {
    /** No limits. */
    public static final Limits NONE = new Limits(null, null, null, null, null);

    /** An amount of heap: of bytes, or of hundredths of its maximum. */
    public record Heap(long amount, boolean percent) {
        boolean isExceeded(long used, long max) {
            return used > (percent ? max / 100 * amount : amount);
        }

        @Override
        public String toString() {
            return percent ? amount + " %" : Vitals.mebibytes(amount);
        }
    }

    /** Moments that come again. */
    @FunctionalInterface
    public interface Schedule {
        /** The first after another; null if there is none. */
        @Nullable
        Instant next(Instant after);
    }

    /** Whether workers have to be asked for signs of life. */
    boolean needAnswers() {
        return heap != null || hangTimeout != null;
    }
}
