package io.netcluster.primary;

import io.netcluster.sys.Linux;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import sun.misc.Signal;

/** The supervising process: runs one cluster, until its last worker has ended for good. */
public final class Primary {
    private static final int SIGUSR1 = 10;

    private final Definition definition;
    private final Program program;
    private final Console console;
    private final Supervisor supervisor;

    private Primary(Definition definition, Program program, Console console, Supervisor supervisor) {
        this.definition = definition;
        this.program = program;
        this.console = console;
        this.supervisor = supervisor;
    }

    /**
     * Makes a cluster that does nothing until {@link #run}; SIGINT, SIGTERM and SIGHUP stop it from now on.
     *
     * @param home the cluster's directories, which stay the caller's; null if it has no name. If it has, and its primary has
     *     been killed, its workers have served on, and this one adopts them
     * @param told what happens, beside the console; null for nobody
     * @throws CannotStartException if there is nothing to run, if this is not the machine for it, or if something stands in
     *     the cluster's directory that is not what a primary has left
     * @throws IOException if the link's directory or socket cannot be made
     */
    public static Primary prepare(
            Definition definition, Console console, @Nullable ClusterHome home, @Nullable Observer told)
            throws CannotStartException, IOException {
        requireSupported();
        var program = Program.of(definition);
        program.check(definition.settings());
        var sockets = InheritedSockets.take(System.getenv());
        var narrator = new Narrator(console);
        var observer = told == null ? narrator : new Observers(narrator, told);
        var supervisor = new Supervisor(definition, program, observer, console, home, System.getenv());
        supervisor.serve(sockets);
        handleSignals(supervisor);
        return new Primary(definition, program, console, supervisor);
    }

    /** Whoever asks for something while the cluster runs asks this. */
    public Supervisor supervisor() {
        return supervisor;
    }

    /** Has something else done on SIGHUP than the cluster stopped. */
    public void onHangUp(Runnable action) {
        handle("HUP", () -> {
            action.run();
            supervisor.reloadAsked();
        });
    }

    /**
     * Runs the cluster until its last worker has ended for good. Blocks.
     *
     * @return the exit status for the command: the worst of the workers'
     */
    public int run() throws InterruptedException {
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
