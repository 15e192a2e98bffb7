package io.netcluster.cli;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A file in which a worker writes what it prints.
 *
 * @param error whether it is standard error
 */
record LogFile(Path path, int slot, boolean error) {
    private static final Pattern NAME = Pattern.compile("worker-(\\d+)\\.(out|err)");
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
