package io.netcluster.cli;

import java.time.Duration;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Times and sizes as people write them: {@code 30s}, {@code 2h}, {@code 512M}. */
final class Quantity {
    static final String DURATION = "a time such as \"500ms\", \"30s\", \"5m\", \"2h\", \"1d\", or a number of seconds";
    static final String SIZE = "a size such as \"512K\", \"512M\" or \"2G\"";
    static final String HEAP = "a size such as \"512M\" or \"2G\", or a part of the heap such as \"90%\"";

    private static final long LARGEST = 1L << 50;
    private static final Duration LONGEST = Duration.ofDays(3650);
    private static final Pattern TIME = Pattern.compile("(\\d{1,12})(ms|s|m|h|d)");
    private static final Pattern BYTES = Pattern.compile("(\\d{1,12})([KMGT])");
    private static final Map<String, Duration> TIMES = Map.of(
            "ms", Duration.ofMillis(1),
            "s", Duration.ofSeconds(1),
            "m", Duration.ofMinutes(1),
            "h", Duration.ofHours(1),
            "d", Duration.ofDays(1));

    private Quantity() {}

    /** Reads a time; a number alone is one of seconds. */
    static Duration duration(Object value) {
        var duration = switch (value) {
            case Long seconds when seconds >= 0 && seconds <= LONGEST.toSeconds() -> Duration.ofSeconds(seconds);
            case String text -> {
                var parts = match(TIME, text);
                yield TIMES.getOrDefault(parts.group(2), Duration.ZERO).multipliedBy(Long.parseLong(parts.group(1)));
            }
            default -> throw new IllegalArgumentException();
        };
        if (duration.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException();
        }
        return duration;
    }

    /** Reads a number of bytes, at least one unit of it. */
    static long bytes(String text) {
        var parts = match(BYTES, text);
        long number = Long.parseLong(parts.group(1));
        int shift = switch (parts.group(2)) {
            case "K" -> 10;
            case "M" -> 20;
            case "G" -> 30;
            default -> 40;
        };
        if (number < 1 || number > LARGEST >> shift) {
            throw new IllegalArgumentException();
        }
        return number << shift;
    }

    /** Reads an amount of heap. */
    static Configuration.Heap heap(String text) {
        if (!text.endsWith("%")) {
            return new Configuration.Heap(bytes(text), false);
        }
        int percent = Integer.parseInt(text.substring(0, text.length() - 1));
        if (percent < 1 || percent > 100) {
            throw new IllegalArgumentException();
        }
        return new Configuration.Heap(percent, true);
    }

    private static MatchResult match(Pattern pattern, String text) {
        var matcher = pattern.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException();
        }
        return matcher.toMatchResult();
    }
}
