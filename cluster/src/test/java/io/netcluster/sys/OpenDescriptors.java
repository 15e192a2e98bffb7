package io.netcluster.sys;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** How many descriptors this process has open, and how many its epoll sets watch. */
public final class OpenDescriptors {
    private OpenDescriptors() {}

    public static int count() {
        return Objects.requireNonNull(new File("/proc/self/fd").list()).length;
    }

    public static long watched() {
        long watched = 0;
        for (var number : Objects.requireNonNull(new File("/proc/self/fdinfo").list())) {
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
