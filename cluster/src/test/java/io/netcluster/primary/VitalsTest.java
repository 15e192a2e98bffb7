package io.netcluster.primary;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.primary.Limits.Heap;
import io.netcluster.primary.Vitals.Look;
import io.netcluster.primary.Vitals.Verdict;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a worker is replaced, by what has been seen of it, second by second. */
final class VitalsTest {
    private static final Instant START = Instant.parse("2026-11-23T02:00:00Z");
    private static final long MIB = 1 << 20;

    /** Looks are {@code rss/heap used/heap max} in MiB, one a second, and a {@code ?} where an answer is owed. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # resident memory: beyond its limit for three seconds on end
            100 - - | 100/1/9 100/1/9 100/1/9 100/1/9             |
            100 - - | 101/1/9 101/1/9                             |
            100 - - | 101/1/9 101/1/9 101/1/9                     | has 101.0 MiB of resident memory, more than 100.0 MiB
            100 - - | 101/1/9 101/1/9 99/1/9 101/1/9 101/1/9      |
            100 - - | -1/1/9 -1/1/9 -1/1/9                        |
            # heap: for ten
            - 50 -  | 1/50/99 1/50/99 1/50/99 1/50/99 1/50/99 1/50/99 1/50/99 1/50/99 1/50/99 1/50/99 |
            - 50 -  | 1/51/99 1/51/99 1/51/99 1/51/99 1/51/99 1/51/99 1/51/99 1/51/99 1/51/99 1/40/99 1/51/99 |
            - 50 -  | 1/51/99 1/51/99 1/51/99 1/51/99 1/51/99 1/51/99 1/51/99 1/51/99 1/51/99 1/51/99 | uses 51.0 MiB of 99.0 MiB of heap, more than 50.0 MiB
            - 90% - | 1/90/100 1/90/100 1/90/100 1/90/100 1/90/100 1/90/100 1/90/100 1/90/100 1/90/100 1/90/100 |
            - 90% - | 1/91/100 1/91/100 1/91/100 1/91/100 1/91/100 1/91/100 1/91/100 1/91/100 1/91/100 1/91/100 | uses 91.0 MiB of 100.0 MiB of heap, more than 90 %
            # silence
            - - 3   | 1/1/9? 1/1/9?                               |
            - - 3   | 1/1/9? 1/1/9? 1/1/9?                        | has given no sign of life for 3 s
            - - 3   | 1/1/9? 1/1/9? 1/1/9 1/1/9? 1/1/9?           |
            # without limits
            - - -   | 999/9/9? 999/9/9? 999/9/9? 999/9/9?         |
            """)
    void whatFollowsFromMemoryAndSilence(String limits, String looks, @Nullable String why) {
        var words = limits.split(" ");
        var vitals = Vitals.GOOD;
        var given = limits(words[0], words[1], words[2]);
        var look = new Look(-1, -1, -1, false);
        for (var seen : looks.split(" ")) {
            look = look(seen);
            vitals = vitals.after(look, given, Duration.ofSeconds(1));
        }
        assertThat(why(vitals.verdict(look, given, START, START))).isEqualTo(why);
    }

    @Test
    void whileThePrimaryWasStoppedNobodyWasSilent() {
        var given = limits("-", "-", "10");
        var vitals = Vitals.GOOD.after(look("1/1/9?"), given, Duration.ofHours(1));
        assertThat(vitals.silent()).isLessThan(Duration.ofSeconds(10));
        assertThat(vitals.after(look("1/1/9?"), given, Duration.ofHours(-1))).isEqualTo(vitals);
    }

    @Test
    void aWorkerGetsOld() {
        var given = new Limits(null, null, Duration.ofHours(1), null, null);
        assertThat(whyAt("2026-11-23T02:59:59Z", given)).isNull();
        assertThat(whyAt("2026-11-23T03:00:00Z", given)).isEqualTo("is older than 3600 s");
    }

    @Test
    void aWorkerIsDueAtTheFirstMomentAfterItsStart() {
        Limits.Schedule at = after -> START.plusSeconds(60).isAfter(after) ? START.plusSeconds(60) : null;
        var given = new Limits(null, null, null, at, null);
        assertThat(whyAt("2026-11-23T02:00:59Z", given)).isNull();
        assertThat(whyAt("2026-11-23T02:01:00Z", given)).startsWith("is due by the schedule ");
        var replaced = Vitals.GOOD.verdict(look("1/1/9"), given, START.plusSeconds(61), START.plusSeconds(9999));
        assertThat(why(replaced)).isNull();
    }

    private static @Nullable String whyAt(String now, Limits limits) {
        return why(Vitals.GOOD.verdict(look("1/1/9"), limits, START, Instant.parse(now)));
    }

    private static @Nullable String why(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Well _ -> null;
            case Verdict.Spent(String why) -> why;
            case Verdict.Hung(String why) -> why;
        };
    }

    private static Look look(String text) {
        var words = text.replace("?", "").split("/");
        return new Look(
                Long.parseLong(words[0]) * MIB,
                Long.parseLong(words[1]) * MIB,
                Long.parseLong(words[2]) * MIB,
                text.contains("?"));
    }

    private static Limits limits(String rss, String heap, String silence) {
        return new Limits(
                rss.equals("-") ? null : Long.parseLong(rss) * MIB,
                heap.equals("-")
                        ? null
                        : heap.endsWith("%")
                                ? new Heap(Long.parseLong(heap.replace("%", "")), true)
                                : new Heap(Long.parseLong(heap) * MIB, false),
                null,
                null,
                silence.equals("-") ? null : Duration.ofSeconds(Long.parseLong(silence)));
    }
}
