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
     * @param told what happens, beside the console
     * @throws CannotStartException if there is nothing to run, or this is not the machine for it
     * @throws IOException if the link's directory or socket cannot be made
     */
    public static Primary prepare(Definition definition, Console console, Observer told)
            throws CannotStartException, IOException {
        return prepare(definition, console, new Observers(new Narrator(console), told), null);
    }

    /**
     * As {@link #prepare(Definition, Console, Observer)}, for a cluster that has a name: if its primary has been killed, its
     * workers serve on, and this one adopts them.
     *
     * @param home the cluster's directories, which stay the caller's
     * @param told is told what happens, beside the console; or null
     * @throws CannotStartException also if something stands in the cluster's directory that is not what a primary has left
     */
    public static Primary prepare(Definition definition, Console console, ClusterHome home, @Nullable Observer told)
            throws CannotStartException, IOException {
        var narrator = new Narrator(console);
        return prepare(definition, console, told == null ? narrator : new Observers(narrator, told), home);
    }

    private static Primary prepare(
            Definition definition, Console console, Observer observer, @Nullable ClusterHome home)
            throws CannotStartException, IOException {
        requireSupported();
        var program = Program.of(definition);
        program.check(definition.settings());
        var supervisor = new Supervisor(definition, program, observer, console, home);
        handleSignals(supervisor);
        return new Primary(definition, program, console, supervisor);
    }

    /** Whoever asks for something while the cluster runs asks this. */
    public Supervisor supervisor() {
        return supervisor;
    }

    /** Has something else done on SIGHUP than the cluster stopped. */
    public void onHangUp(Runnable action) {
        handle("HUP", action);
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
