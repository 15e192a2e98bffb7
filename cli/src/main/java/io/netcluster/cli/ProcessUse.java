package io.netcluster.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What a process uses: proc_pid_stat(5), proc_pid_status(5).
 *
 * @param resident bytes of memory, or -1 if the process has gone
 * @param cpu time that its threads have run
 */
record ProcessUse(long resident, Duration cpu) {
    private static final int UTIME = 11; // behind the name; field 14 of stat
    private static final Pattern RSS = Pattern.compile("VmRSS:\\s+(\\d+) kB");
    private static final long TICK_MILLIS = 10; // USER_HZ is 100 on both architectures

    static ProcessUse of(long pid) {
        try {
            var stat = Files.readString(Path.of("/proc", String.valueOf(pid), "stat"), StandardCharsets.ISO_8859_1);
            var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            long ticks = Long.parseLong(fields[UTIME]) + Long.parseLong(fields[UTIME + 1]);
            var rss = RSS.matcher(Files.readString(Path.of("/proc", String.valueOf(pid), "status")));
            return new ProcessUse(
                    rss.find() ? Long.parseLong(rss.group(1)) * 1024 : -1, Duration.ofMillis(ticks * TICK_MILLIS));
        } catch (IOException e) {
            return new ProcessUse(-1, Duration.ZERO);
        }
    }

    /** Its memory, in words. */
    String memory() {
        return resident < 0 ? "-" : mebibytes(resident);
    }

    static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%.1fM", bytes / 1048576.0);
    }
}
