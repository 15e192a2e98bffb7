package io.netcluster.cli;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for a process that has said that it ends. */
final class Departure {
    private static final long PATIENCE_SECONDS = 10;

    private Departure() {}

    static void await(ProcessHandle process) throws InterruptedException, CommandFailedException {
        try {
            process.onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new CommandFailedException(
                    ExitStatus.FAILED, "primary " + process.pid() + " has said that it ends, and does not: kill it");
        } catch (ExecutionException e) {
            throw new AssertionError("onExit does not fail", e);
        }
    }
}
