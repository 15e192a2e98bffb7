package io.netcluster.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether somebody looks on. */
final class Terminal {
    private Terminal() {}

    /** Whether standard output goes to a terminal; System.console wants standard input to be one too. */
    static boolean isAtOutput() {
        try {
            var out = Files.readSymbolicLink(Path.of("/proc/self/fd/1"));
            return out.startsWith("/dev/pts") || out.toString().startsWith("/dev/tty");
        } catch (IOException e) {
            return false;
        }
    }
}
