package io.netcluster.primary;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the files are kept that workers print to.
 *
 * @param maxSize a file that has so many bytes is rotated
 * @param maxAge a file that is older is rotated if there is anything in it; null for any age
 * @param keep how many rotated files a slot has of each stream; older ones are deleted
 * @param keepFor a rotated file that is older is deleted; null for any age
 * @param compress whether rotated files are compressed
 * @param maxTotal how many bytes all of a cluster's files may have: the oldest rotated ones are deleted, and files are
 *     rotated early where that is what it takes
 */
public record LogPolicy(
        long maxSize,
        @Nullable Duration maxAge,
        int keep,
        @Nullable Duration keepFor,
        boolean compress,
        long maxTotal) {
    /** What holds if nothing is said: files of 10 MiB, five of them, compressed, and no more than 1 GiB together. */
    public static final LogPolicy DEFAULTS = new LogPolicy(10L << 20, null, 5, null, true, 1L << 30);
}
