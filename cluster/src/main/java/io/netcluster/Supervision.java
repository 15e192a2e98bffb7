package io.netcluster;

import io.netcluster.primary.Definition;
import io.netcluster.primary.Supervisor;
import io.netcluster.sys.Linux;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The supervisor of a program's cluster and its thread, from the first worker on until the cluster is closed, or this JVM
 * ends. Any thread.
 */
final class Supervision {
    private static final long FLUSH_SECONDS = 10; // as in a worker

    private final ClusterOptions options;
    private final Roster roster;
    private final Delivery delivery;
    private @Nullable Supervisor supervisor;
    private @Nullable Thread thread;
    private @Nullable Thread abandoning; // what is to be run if the JVM ends before this is closed
    private boolean closed;

    /**
     * One that has not begun.
     *
     * @param roster observes
     * @param delivery runs while there is a supervisor
     */
    Supervision(ClusterOptions options, Roster roster, Delivery delivery) {
        this.options = options;
        this.roster = roster;
        this.delivery = delivery;
    }

    /**
     * The supervisor, which is made for the first worker: a program that forks none needs nothing of it.
     *
     * @throws IllegalStateException if the cluster has been closed, or this JVM is ending
     */
    synchronized Supervisor begin() throws IOException {
        requireOpen();
        if (supervisor == null) {
            if (Cluster.isWorker()) {
                linkThroughAgent();
            }
            var definition = new Definition(
                    options.name(),
                    0,
                    options.command(),
                    options.workers().settings(),
                    options.own(),
                    options.port0(),
                    options.port0Range(),
                    false);
            abandonAtTheEnd(); // before there is anything that an ending JVM would leave behind
            try {
                supervisor = Supervisor.of(definition, roster);
            } catch (IOException | RuntimeException e) {
                forgetAbandoning();
                throw e;
            }
            var made = supervisor;
            var supervising = Thread.ofPlatform().name("netcluster-supervisor").unstarted(() -> supervise(made));
            thread = supervising;
            delivery.start();
            supervising.start();
        }
        return supervisor;
    }

    /** The supervisor, if a worker has ever been forked. */
    synchronized @Nullable Supervisor supervisor() {
        return supervisor;
    }

    /** Whether this very thread is the supervisor's. */
    synchronized boolean isHere() {
        return Thread.currentThread() == thread;
    }

    synchronized void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the cluster " + options.name() + " has been closed");
        }
    }

    /** A worker's own copy of netcluster may make native calls because its agent may. */
    @SuppressWarnings("unchecked") // the contract with the agent's Operations
    private static void linkThroughAgent() {
        Linux.linkThrough((Function<Object[], MethodHandle>) AgentLink.ask("linking"));
    }

    private static void supervise(Supervisor supervisor) {
        try {
            supervisor.run();
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
    }

    // ------------------------------------------------------------------ the end

    /**
     * Drains all workers, and waits until they have exited and everybody has heard of it; none can be forked from now on.
     * A thread that is interrupted kills the workers, and is still interrupted then.
     */
    void close() {
        Thread running;
        Supervisor with;
        synchronized (this) {
            closed = true;
            running = thread;
            with = supervisor;
        }
        if (running == null || with == null) {
            return;
        }
        with.drainAll(options.drainTimeout());
        with.finish();
        boolean interrupted = false;
        while (running.isAlive() || roster.isRunning()) {
            try {
                running.join();
                roster.awaitExit(Long.MAX_VALUE);
            } catch (InterruptedException e) {
                interrupted = true;
                with.killAll();
            }
        }
        forgetAbandoning();
        delivery.stop();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void abandonAtTheEnd() {
        var hook = new Thread(this::abandon, "netcluster-abandon");
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException e) {
            throw new IllegalStateException(
                    "the cluster " + options.name() + " can fork no worker: this JVM is ending", e);
        }
        abandoning = hook;
    }

    /** This JVM ends: what was sent goes out, and nothing is left in the file system. */
    private void abandon() {
        var left = supervisor();
        if (left == null) {
            return;
        }
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(FLUSH_SECONDS);
        try {
            for (var worker : roster.workers().values()) {
                worker.flush(deadline - System.nanoTime());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the JVM ends in any case
        }
        left.abandon();
    }

    private synchronized void forgetAbandoning() {
        try {
            if (abandoning != null) {
                var _ = Runtime.getRuntime().removeShutdownHook(abandoning);
            }
        } catch (IllegalStateException e) {
            // this JVM is ending, and it has been run, or will be
        }
    }
}
