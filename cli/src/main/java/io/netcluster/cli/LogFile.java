package io.netcluster.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/**
 * A file in which a worker writes what it prints.
 *
 * @param error whether it is standard error
 */
record LogFile(Path path, int slot, boolean error) {
    private static final Pattern NAME = Pattern.compile("worker-(\\d+)\\.(out|err)");
    private static final String ROTATED = "\\.\\d{8}T\\d{6}Z(\\.gz)?";
    private static final int CHUNK = 64 * 1024;

    /** All of a cluster, by slot. */
    static List<LogFile> ofWorkers(ClusterPlace home) {
        var all = new ArrayList<LogFile>();
        if (Files.isDirectory(home.logs())) {
            try (var files = Files.list(home.logs())) {
                files.forEach(file -> {
                    var name = NAME.matcher(file.getFileName().toString());
                    if (name.matches()) {
                        all.add(new LogFile(
                                file,
                                Integer.parseInt(name.group(1)),
                                name.group(2).equals("err")));
                    }
                });
            } catch (IOException e) {
                throw new UncheckedIOException("cannot list " + home.logs(), e);
            }
        }
        all.sort(Comparator.comparingInt(LogFile::slot).thenComparing(LogFile::error));
        return all;
    }

    /** Its last lines, at most so many. */
    List<String> last(int number) {
        try (var file = new RandomAccessFile(path.toFile(), "r")) {
            long begin = beginOfLast(file, file.length(), number);
            return read(file, begin, file.length()).lines().toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** The last lines of those that have been rotated away from it, at most so many; oldest first. */
    List<String> rotated(int number) throws IOException {
        var lines = new ArrayDeque<String>();
        for (var file : rotated()) {
            var missing = new ArrayDeque<String>();
            try (var reader = open(file)) {
                for (var line = reader.readLine(); line != null; line = reader.readLine()) {
                    missing.add(line);
                    if (lines.size() + missing.size() > number) {
                        missing.remove();
                    }
                }
            } catch (NoSuchFileException e) {
                continue; // it has just been compressed, or is too old
            }
            missing.descendingIterator().forEachRemaining(lines::addFirst);
            if (lines.size() == number) {
                break;
            }
        }
        return List.copyOf(lines);
    }

    /** Newest first; one that has just been compressed, and has yet to go, is there once. */
    private List<Path> rotated() throws IOException {
        var names = Pattern.compile(Pattern.quote(String.valueOf(path.getFileName())) + ROTATED);
        try (var files = Files.list(path.resolveSibling(""))) {
            return files.filter(
                            file -> names.matcher(file.getFileName().toString()).matches())
                    .filter(file -> !Files.exists(file.resolveSibling(file.getFileName() + ".gz")))
                    .sorted(Comparator.reverseOrder())
                    .toList();
        }
    }

    private static BufferedReader open(Path file) throws IOException {
        var in = Files.newInputStream(file);
        try {
            var text = file.toString().endsWith(".gz") ? new GZIPInputStream(in) : in;
            return new BufferedReader(new InputStreamReader(text, StandardCharsets.UTF_8));
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }

    /** Where the last lines of a file begin, up to a length of it. */
    static long beginOfLast(RandomAccessFile file, long end, int number) throws IOException {
        long position = end;
        int found = 0;
        while (position > 0) {
            int size = (int) Math.min(CHUNK, position);
            position -= size;
            var bytes = new byte[size];
            file.seek(position);
            file.readFully(bytes);
            for (int i = size - 1; i >= 0; i--) {
                if (bytes[i] == '\n' && position + i != end - 1 && ++found == number) {
                    return position + i + 1;
                }
            }
        }
        return number == 0 ? end : 0;
    }

    /** The lines that a file has got since it had a length. */
    static List<String> since(Path path, long length) {
        try (var file = new RandomAccessFile(path.toFile(), "r")) {
            return read(file, Math.min(length, file.length()), file.length())
                    .lines()
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private static String read(RandomAccessFile file, long from, long to) throws IOException {
        var bytes = new byte[(int) Math.min(to - from, 16L * 1024 * 1024)];
        file.seek(to - bytes.length);
        file.readFully(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
