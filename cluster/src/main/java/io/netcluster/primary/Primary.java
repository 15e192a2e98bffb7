package io.netcluster.primary;

import io.netcluster.sys.Linux;
import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
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
        return run(definition, console, null, _ -> {});
    }

    /**
     * As {@link #run(Definition, Console)}, for a cluster that has a name: if its primary has been killed, its workers serve
     * on, and this one adopts them.
     *
     * @param home the cluster's directories, which stay the caller's; null if it has no name
     * @param begun is given the supervisor, which does what it is asked when it runs
     * @throws CannotStartException also if something stands in the cluster's directory that is not what a primary has left
     */
    public static int run(
            Definition definition, Console console, @Nullable ClusterHome home, Consumer<Supervisor> begun)
            throws CannotStartException, IOException, InterruptedException {
        requireSupported();
        var program = Program.of(definition);
        var supervisor = new Supervisor(definition, program, new Narrator(console), console, home);
        begun.accept(supervisor);
        handleSignals(supervisor);
        var fit = program.heapOptions();
        console.say("primary " + ProcessHandle.current().pid() + " starts " + definition.workers()
                + (definition.workers() == 1 ? " worker of " : " workers of ") + program
                + (fit.isEmpty() ? "" : ", with " + String.join(" ", fit)));
        Linux.link(); // while the workers start
        supervisor.fill(definition.workers());
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
