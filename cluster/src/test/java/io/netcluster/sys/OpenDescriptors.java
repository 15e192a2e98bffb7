package io.netcluster.sys;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;

/** How many sockets this process has open, and how many descriptors its epoll sets watch. */
public final class OpenDescriptors {
    private OpenDescriptors() {}

    /** Of sockets alone: the JVM opens and closes files when it pleases. */
    public static int count() {
        return (int) Arrays.stream(numbers("/proc/self/fd"))
                .map(number -> {
                    try {
                        return Files.readSymbolicLink(Path.of("/proc/self/fd", number))
                                .toString();
                    } catch (IOException e) {
                        return "closed meanwhile: the directory's own";
                    }
                })
                .filter(target -> target.startsWith("socket:"))
                .count();
    }

    private static String[] numbers(String directory) {
        return Objects.requireNonNull(new File(directory).list());
    }

    public static long watched() {
        long watched = 0;
        for (var number : numbers("/proc/self/fdinfo")) {
            try {
                watched += Files.readAllLines(Path.of("/proc/self/fdinfo", number)).stream()
                        .filter(line -> line.startsWith("tfd:"))
                        .count();
            } catch (IOException e) {
                // closed meanwhile: the directory's own
            }
        }
        return watched;
    }
}
