package io.netcluster.cli;

import java.time.Duration;
import java.time.Instant;

/** How long ago something was, in the two units that matter. */
final class Uptime {
    private Uptime() {}

    static String since(Instant moment) {
        return of(Duration.between(moment, Instant.now()));
    }

    static String of(Duration duration) {
        long seconds = Math.max(0, duration.toSeconds());
        if (seconds < 60) {
            return seconds + "s";
        }
        if (seconds < 3600) {
            return seconds / 60 + "m " + seconds % 60 + "s";
        }
        if (seconds < 86_400) {
            return seconds / 3600 + "h " + seconds % 3600 / 60 + "m";
        }
        return seconds / 86_400 + "d " + seconds % 86_400 / 3600 + "h";
    }
}
