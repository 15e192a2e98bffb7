package io.netcluster.primary;

import io.netcluster.sys.Linux;
import java.io.IOException;
import sun.misc.Signal;

/** The supervising process: runs one cluster in the foreground. */
public final class Primary {
    private static final int SIGUSR1 = 10;

    private Primary() {}

    /**
     * Runs a cluster until its last worker has ended for good; SIGINT, SIGTERM and SIGHUP stop it. Blocks.
     *
     * @return the exit status for the command: the worst of the workers'
     * @throws CannotStartException if there is nothing to run, or this is not the machine for it
     * @throws IOException if the link's directory or socket cannot be made
     */
    public static int run(Definition definition, Console console)
            throws CannotStartException, IOException, InterruptedException {
        requireSupported();
        var program = Program.of(definition);
        var supervisor = new Supervisor(definition, program, new Narrator(console), console);
        handleSignals(supervisor);
        var fit = program.heapOptions();
        console.say("primary " + ProcessHandle.current().pid() + " starts " + definition.workers()
                + (definition.workers() == 1 ? " worker of " : " workers of ") + program
                + (fit.isEmpty() ? "" : ", with " + String.join(" ", fit)));
        Linux.link(); // while the workers start
        for (int worker = 1; worker <= definition.workers(); worker++) {
            supervisor.add(definition.settings());
        }
        supervisor.finish();
        int status = supervisor.run();
        console.flush();
        return status;
    }

    /** Refuses what is not the machine for it. */
    static void requireSupported() throws CannotStartException {
        if (!Linux.isSupported()) {
            throw new CannotStartException("netcluster needs Linux on x86-64 or aarch64; this is "
                    + System.getProperty("os.name") + " on " + System.getProperty("os.arch"));
        }
    }

    private static void handleSignals(Supervisor supervisor) {
        handle("INT", () -> supervisor.interrupt("interrupted"));
        handle("TERM", () -> supervisor.stop("terminated"));
        handle("HUP", () -> supervisor.interrupt("hung up"));
        handle("USR1", () -> supervisor.forward(SIGUSR1));
        if (ProcessHandle.current().pid() == 1) {
            handle("CHLD", supervisor::reapOrphans);
        }
    }

    private static void handle(String name, Runnable action) {
        Signal.handle(new Signal(name), _ -> action.run());
    }
}
