package io.netcluster.primary;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One of the files in which a cluster's workers, or its primary, have what they print.
 *
 * @param name as {@code worker-1.out}, {@code worker-1.out.20261123T020500Z}, or that and {@code .gz}
 * @param stream whose output it is: the name without what is added when it is rotated
 * @param since when it was begun; of one that has been rotated, when that was
 * @param size its bytes
 * @param inUse whether somebody has it open for writing, or it is being compressed
 */
record LogFile(String name, String stream, Kind kind, Instant since, long size, boolean inUse) {
    private static final String COMPRESSED = ".gz";
    private static final String PART = ".part";
    private static final Pattern NAME = Pattern.compile(
            "(worker-(\\d{1,9})\\.(?:out|err)|primary\\.log)(?:\\.(\\d{8}T\\d{6}Z)(\\.gz(\\.part)?)?)?");
    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'");

    /** What has been done with it. */
    enum Kind {
        /** Its stream's own, to which is printed. */
        CURRENT,
        /** Renamed; who had it open prints to it until told otherwise. */
        ROTATED,
        /** And compressed. */
        COMPRESSED,
        /** What is to be a compressed one; or, if nobody is at work on it, would have been. */
        PART
    }

    /** A file of that name; null if it is not of these. */
    static @Nullable LogFile of(String name, Instant created, long size, boolean inUse) {
        var parts = NAME.matcher(name);
        if (!parts.matches()) {
            return null;
        }
        try {
            var since = parts.group(3) == null
                    ? created
                    : LocalDateTime.parse(parts.group(3), STAMP).toInstant(ZoneOffset.UTC);
            var kind = parts.group(3) == null
                    ? Kind.CURRENT
                    : parts.group(4) == null ? Kind.ROTATED : parts.group(5) == null ? Kind.COMPRESSED : Kind.PART;
            return new LogFile(name, parts.group(1), kind, since, size, inUse);
        } catch (DateTimeException e) {
            return null; // no such day
        }
    }

    static String out(int slot) {
        return "worker-" + slot + ".out";
    }

    static String err(int slot) {
        return "worker-" + slot + ".err";
    }

    /** Its name when it has been rotated at that time. */
    String rotated(Instant now) {
        return stream + "." + STAMP.format(now.atOffset(ZoneOffset.UTC));
    }

    /** Its name when it has been compressed. */
    String compressed() {
        return name + COMPRESSED;
    }

    /** The name of what is to be {@link #compressed}. */
    String part() {
        return compressed() + PART;
    }

    /** Whether that is the same one, compressed. */
    boolean isSource(LogFile other) {
        return kind == Kind.ROTATED && other.kind == Kind.COMPRESSED && other.name.equals(compressed());
    }

    boolean isRotated() {
        return kind == Kind.ROTATED || kind == Kind.COMPRESSED;
    }
}
