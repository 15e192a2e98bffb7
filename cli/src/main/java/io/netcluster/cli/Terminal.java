package io.netcluster.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether somebody looks on. */
final class Terminal {
    private Terminal() {}

    /** Whether standard output goes to a terminal; System.console wants standard input to be one too. */
    static boolean isAtOutput() {
        return isTerminal(1);
    }

    /** Whether standard input and output are a terminal. */
    static boolean isAtBoth() {
        return isTerminal(0) && isTerminal(1);
    }

    private static boolean isTerminal(int fd) {
        try {
            var file = Files.readSymbolicLink(Path.of("/proc/self/fd", String.valueOf(fd)));
            return file.startsWith("/dev/pts") || file.toString().startsWith("/dev/tty");
        } catch (IOException e) {
            return false;
        }
    }
}
