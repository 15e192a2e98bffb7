package io.netcluster.primary;

import io.netcluster.sys.Linux;
import io.netcluster.sys.Processes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import sun.misc.Signal;

/** Runs a program as if it were this process: its streams are this one's, and so are signals and exit status. */
public final class Foreground {
    private static final int INTERRUPT = 2; // signal(7), as the others
    private static final Map<String, Integer> PASSED_ON = Map.of("HUP", 1, "INT", INTERRUPT, "TERM", 15);

    private Foreground() {}

    /**
     * Runs a program to its end. SIGTERM, SIGHUP and SIGINT are passed on; but SIGINT not while this process is in the
     * foreground of a terminal, which then sends it to the program too.
     *
     * @param environment what is said to the program beside what is said to this process
     * @return its exit status, or 128 and the number of the signal that ended it
     * @throws NoSuchFileException if there is no such program
     * @throws AccessDeniedException if it may not be executed
     * @throws IOException if it cannot be started otherwise
     */
    public static int run(List<String> command, Map<String, String> environment)
            throws IOException, InterruptedException {
        requireProgram(command.getFirst());
        var builder = new ProcessBuilder(command).inheritIO();
        builder.environment().putAll(environment);
        Program.giveBackOptions(builder.environment());
        var started = new CompletableFuture<Process>();
        PASSED_ON.forEach((name, number) -> Signal.handle(new Signal(name), _ -> {
            if (number != INTERRUPT || !isInForeground()) {
                var _ = started.thenAccept(process -> Processes.signal(process.pid(), number));
            }
        }));
        var process = builder.start();
        Linux.link(); // so that a signal need not wait for that
        started.complete(process);
        return process.waitFor();
    }

    /** As execvp(3) finds it. */
    private static void requireProgram(String name) throws NoSuchFileException, AccessDeniedException {
        var candidates = new ArrayList<Path>();
        if (name.contains("/")) {
            candidates.add(Path.of(name));
        } else {
            for (var directory :
                    System.getenv().getOrDefault("PATH", "/bin:/usr/bin").split(":", -1)) {
                candidates.add(Path.of(directory, name));
            }
        }
        candidates.removeIf(candidate -> !Files.exists(candidate));
        if (name.isEmpty() || candidates.isEmpty()) {
            throw new NoSuchFileException(name);
        }
        if (candidates.stream().noneMatch(each -> Files.isExecutable(each) && !Files.isDirectory(each))) {
            throw new AccessDeniedException(name);
        }
    }

    /** By proc_pid_stat(5): after the name come state, ppid, pgrp, session, tty_nr, tpgid. */
    private static boolean isInForeground() {
        try {
            var stat = Files.readString(Path.of("/proc/self/stat"), StandardCharsets.ISO_8859_1);
            var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", 7);
            return fields[2].equals(fields[5]);
        } catch (IOException e) {
            return false; // without /proc
        }
    }
}
