package io.netcluster.primary;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What a worker printed last: those of its lines that the primary copies, or that it has itself written to its files since
 * it was started. Any thread.
 */
final class LastLines {
    private static final int MOST = 20;
    private static final int LONGEST = 16 * 1024; // bytes of a file

    private final Deque<String> copied = new ArrayDeque<>();
    private final List<Tail> tails = new ArrayList<>();
    private long copiedEver;

    private record Tail(File file, long from) {}

    /** Of a worker that is about to be started with these settings. */
    LastLines(Settings settings) {
        Set<File> files = new HashSet<>();
        for (var redirect : List.of(settings.stdout(), settings.stderr())) {
            if (redirect.type() == Redirect.Type.APPEND && files.add(redirect.file())) {
                tails.add(new Tail(
                        Objects.requireNonNull(redirect.file()), redirect.file().length()));
            }
        }
    }

    /** A line has been copied. */
    synchronized void add(String line) {
        if (copied.size() == MOST) {
            copied.removeFirst();
        }
        copied.addLast(line.stripTrailing());
        copiedEver++;
    }

    /** A number that changes when something has been printed. */
    synchronized long amount() {
        long sum = copiedEver;
        for (var tail : tails) {
            sum += tail.file.length();
        }
        return sum;
    }

    /** The lines, oldest first; of each stream's file for itself. */
    synchronized List<String> get() {
        var all = new ArrayList<>(copied);
        for (var tail : tails) {
            all.addAll(read(tail));
        }
        return all;
    }

    private static List<String> read(Tail tail) {
        try (var file = new RandomAccessFile(tail.file, "r")) {
            long from = file.length() < tail.from ? 0 : tail.from; // it has been rotated meanwhile
            file.seek(Math.max(from, file.length() - LONGEST));
            var bytes = new byte[LONGEST];
            int n = Math.max(0, file.read(bytes));
            var lines = new String(bytes, 0, n, StandardCharsets.UTF_8).lines().toList();
            return lines.subList(Math.max(0, lines.size() - MOST), lines.size());
        } catch (IOException e) {
            return List.of("(cannot read " + tail.file + ": " + e.getMessage() + ")");
        }
    }
}
