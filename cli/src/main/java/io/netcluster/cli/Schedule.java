package io.netcluster.cli;

import io.netcluster.primary.Limits;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * When something is to be done, as five fields of crontab(5): minute, hour, day of the month, month, day of the week.
 *
 * <p>As there: if both days are restricted, either will do. A moment that a change of the clocks leaves out is left out
 * here too.
 */
final class Schedule implements Limits.Schedule {
    static final String EXPECTED =
            "five fields as in crontab, such as \"30 4 * * sun\": minute, hour, day of the month,"
                    + " month, day of the week";

    private static final List<String> MONTHS =
            List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");
    private static final List<String> DAYS = List.of("sun", "mon", "tue", "wed", "thu", "fri", "sat");
    private static final int LONGEST_GAP_YEARS = 8; // 29 February, around a year such as 2100

    private final String text;
    private final BitSet minutes;
    private final BitSet hours;
    private final BitSet days;
    private final BitSet months;
    private final BitSet weekdays;
    private final boolean eitherDay;

    private Schedule(String text) {
        var fields = text.strip().split("\\s+");
        if (fields.length != 5) {
            throw new IllegalArgumentException("it has " + fields.length + " fields");
        }
        this.text = text;
        minutes = field(fields[0], 0, 59, List.of());
        hours = field(fields[1], 0, 23, List.of());
        days = field(fields[2], 1, 31, List.of());
        months = field(fields[3], 1, 12, MONTHS);
        weekdays = field(fields[4], 0, 7, DAYS);
        if (weekdays.get(7)) {
            weekdays.set(0);
        }
        eitherDay = !fields[2].startsWith("*") && !fields[4].startsWith("*");
    }

    /**
     * Reads the five fields.
     *
     * @throws IllegalArgumentException if they are none, or name a day that never comes; the message says which
     */
    static Schedule parse(String text) {
        var schedule = new Schedule(text);
        if (schedule.next(ZonedDateTime.parse("2024-01-01T00:00Z")).isEmpty()) {
            throw new IllegalArgumentException("there is no such day");
        }
        return schedule;
    }

    private static BitSet field(String field, int least, int most, List<String> names) {
        var set = new BitSet();
        for (var part : field.split(",", -1)) {
            var steps = part.split("/", -1);
            var bounds = steps[0].split("-", -1);
            if (steps.length > 2 || bounds.length > 2) {
                throw wrong(field);
            }
            boolean all = steps[0].equals("*");
            int first = all ? least : number(bounds[0], field, least, names);
            int last;
            if (all || (bounds.length == 1 && steps.length == 2)) {
                last = most;
            } else {
                last = bounds.length == 2 ? number(bounds[1], field, least, names) : first;
            }
            int step = steps.length == 2 ? number(steps[1], field, 0, List.of()) : 1;
            if (first < least || last > most || first > last || step < 1) {
                throw wrong(field);
            }
            for (int i = first; i <= last; i += step) {
                set.set(i);
            }
        }
        return set;
    }

    private static int number(String word, String field, int least, List<String> names) {
        int named = names.indexOf(word.toLowerCase(Locale.ROOT));
        if (named >= 0) {
            return named + least;
        }
        if (!word.matches("\\d{1,2}")) {
            throw wrong(field);
        }
        return Integer.parseInt(word);
    }

    private static IllegalArgumentException wrong(String field) {
        return new IllegalArgumentException("'" + field + "' is no such field");
    }

    /** The first moment after this one, by the clock on this machine's wall. */
    @Override
    public @Nullable Instant next(Instant after) {
        return next(after.atZone(ZoneId.systemDefault()))
                .map(ZonedDateTime::toInstant)
                .orElse(null);
    }

    /** The first moment after this one, in its time zone; none within eight years is none. */
    Optional<ZonedDateTime> next(ZonedDateTime after) {
        var day = after.truncatedTo(ChronoUnit.DAYS);
        for (var end = day.plusYears(LONGEST_GAP_YEARS + 1); day.isBefore(end); day = day.plusDays(1)) {
            if (!isOnDay(day)) {
                continue;
            }
            var midnight = day.toLocalDate().atStartOfDay();
            for (int hour = hours.nextSetBit(0); hour >= 0; hour = hours.nextSetBit(hour + 1)) {
                for (int minute = minutes.nextSetBit(0); minute >= 0; minute = minutes.nextSetBit(minute + 1)) {
                    var wanted = midnight.withHour(hour).withMinute(minute);
                    var moment = wanted.atZone(after.getZone());
                    if (moment.isAfter(after) && moment.toLocalDateTime().equals(wanted)) {
                        return Optional.of(moment);
                    }
                }
            }
        }
        return Optional.empty();
    }

    private boolean isOnDay(ZonedDateTime day) {
        boolean byDate = days.get(day.getDayOfMonth());
        boolean byWeekday = weekdays.get(day.getDayOfWeek().getValue() % 7);
        return months.get(day.getMonthValue()) && (eitherDay ? byDate || byWeekday : byDate && byWeekday);
    }

    @Override
    public String toString() {
        return text;
    }
}
