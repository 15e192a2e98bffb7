package io.netcluster.worker;

import io.netcluster.sys.Descriptors;
import io.netcluster.sys.Errno;
import io.netcluster.sys.ErrnoException;
import io.netcluster.sys.Processes;
import io.netcluster.wire.Frames;
import io.netcluster.wire.Frames.Received;
import io.netcluster.wire.Message;
import io.netcluster.wire.Message.Answer;
import io.netcluster.wire.Message.Draining;
import io.netcluster.wire.Message.Granted;
import io.netcluster.wire.Message.Hello;
import io.netcluster.wire.Message.Ping;
import io.netcluster.wire.Message.Pong;
import io.netcluster.wire.Message.Reopen;
import io.netcluster.wire.Message.Settled;
import io.netcluster.wire.Message.Welcome;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import sun.nio.ch.ClusterSockets;

/**
 * What the link's thread does: it dials the primary, and hands on what that says.
 *
 * <p>When the primary is gone, which its end of the link tells at once, the worker ends as on a SIGTERM, unless
 * NETCLUSTER_ORPHAN says that it is to {@code drain} first, or to {@code stay}, or to {@code keep} serving and dialling
 * until there is another.
 */
final class Dialing implements Runnable {
    /** The exit status of a worker that had to be halted: 128 + SIGTERM. */
    static final int TERMINATED = 143;

    private static final long STOP_SECONDS = 30;
    private static final long DYING_MILLIS = 1_000;
    private static final long LOOK_MILLIS = 5;

    /** How long between two attempts: the next primary is to wait for nobody; but where none comes soon, none is due. */
    private static final long REDIAL_MILLIS = 20;

    private static final long LATER_MILLIS = 80;
    private static final long SOON_NANOS = TimeUnit.SECONDS.toNanos(20);

    /** How often a primary may hang up on a worker that it has not welcomed: it may be busy with many others. */
    private static final int REJECTIONS = 50;

    private final Link link;
    private final Identity identity;
    private final WhenOrphaned rule = WhenOrphaned.read();
    private boolean everWelcomed;
    private boolean everDialed;
    private int rejections;
    private long aloneSince = System.nanoTime();

    Dialing(Link link) {
        this.link = link;
        this.identity = link.identity();
    }

    /** How a connection ended, or an attempt to make one. */
    private enum End {
        /** There is no primary, but perhaps what a dead one has left. */
        NOBODY,
        /** A primary hung up before it had welcomed this worker. */
        REJECTED,
        /** The primary that had welcomed it hung up, or what it said made no sense. */
        LOST,
        /** Something else failed. */
        FAILED
    }

    /** What a connection came to. */
    private record Outcome(End end, String why, long primary) {}

    @Override
    public void run() {
        link.dialsAgain(rule.dialsAgain());
        try {
            var outcome = talk();
            while (dialsAgain(outcome)) {
                outcome = talk();
            }
            link.lost(outcome.why, true);
            end(outcome);
        } catch (InterruptedException e) {
            return; // nobody knows this thread
        }
    }

    /** Has one connection, from its beginning to its end. */
    private Outcome talk() throws InterruptedException {
        LinkTransfer transfer;
        try {
            transfer = LinkTransfer.dial(identity.link(), identity.answerTimeout());
        } catch (ErrnoException e) {
            // the latter two are what a dead primary leaves behind
            boolean nobody = e.is(Errno.ECONNREFUSED) || e.is(Errno.ENOENT);
            return new Outcome(nobody ? End.NOBODY : End.FAILED, e.toString(), 0);
        } catch (IOException e) {
            return new Outcome(End.FAILED, e.toString(), 0);
        }
        long primary = transfer.listener();
        boolean welcomed = false;
        String why = "the primary closed the link";
        try {
            var dialed = new Frames(transfer);
            dialed.send(new Hello(identity.worker(), identity.token(), identity.pid()), Frames.NONE);
            boolean first = !everDialed;
            everDialed = true;
            if (first) {
                dialed.send(new Settled(), Frames.NONE); // it has nothing yet
                link.open(dialed);
            }
            for (var received = dialed.receive(); received != null; received = dialed.receive()) {
                if (received.message() instanceof Welcome words) {
                    welcomed = true;
                    everWelcomed = true;
                    rejections = 0;
                    primary = words.pid();
                    link.welcomed(primary);
                    if (!first) {
                        handBack(dialed);
                    }
                } else {
                    handOn(dialed, received);
                }
            }
        } catch (IOException e) {
            why = e.toString();
        }
        link.lost(why, !rule.dialsAgain());
        aloneSince = welcomed ? System.nanoTime() : aloneSince;
        transfer.close();
        return new Outcome(welcomed ? End.LOST : End.REJECTED, why, primary);
    }

    private void handBack(Frames dialed) throws IOException, InterruptedException {
        link.handingBack();
        if (link.drain().isDraining()) {
            dialed.send(new Draining(link.drain().connections().orElse(0)), Frames.NONE);
        }
        link.handBack().send(dialed);
        link.open(dialed);
    }

    private void handOn(Frames dialed, Received received) throws IOException {
        boolean bare = received.descriptor().isEmpty();
        if (received.message() instanceof Answer answer && (bare || answer instanceof Granted)) {
            link.answered(dialed, received, answer.grant());
        } else if (received.message() instanceof Message.Drain words && bare) {
            link.drain().begin(words.millis(), words.messages());
        } else if (received.message() instanceof Ping ping && bare) {
            dialed.send(pong(ping), Frames.NONE);
        } else if (received.message() instanceof Reopen files && bare) {
            Output.reopen(files.out(), files.err());
        } else {
            if (!bare) {
                Descriptors.close(received.descriptor().getAsInt());
            }
            throw new IOException("the primary sent what no primary sends: " + received.message());
        }
    }

    private static Pong pong(Ping ping) {
        var runtime = Runtime.getRuntime();
        return new Pong(ping.number(), runtime.totalMemory() - runtime.freeMemory(), runtime.maxMemory());
    }

    /** Waits for the moment to dial again; false if it is not to. */
    @SuppressWarnings("ThreadSleep") // nobody tells when there is a primary
    private boolean dialsAgain(Outcome outcome) throws InterruptedException {
        if (!rule.dialsAgain() || (outcome.end == End.FAILED && !everWelcomed)) {
            return false;
        }
        if (outcome.end == End.LOST && !hasDied(outcome.primary)) {
            return false;
        }
        if (outcome.end == End.REJECTED && !Processes.hasEnded(outcome.primary) && ++rejections > REJECTIONS) {
            return false;
        }
        if (outcome.end == End.NOBODY && !directoryExists()) {
            return false;
        }
        long alone = System.nanoTime() - aloneSince;
        TimeUnit.MILLISECONDS.sleep(alone < SOON_NANOS ? REDIAL_MILLIS : LATER_MILLIS);
        return rule.goesOn(alone, everWelcomed);
    }

    private boolean directoryExists() {
        return identity.link().getParentFile().exists();
    }

    /** Does what the environment says that workers without a primary are to do; one that never had any does not stay. */
    private void end(Outcome outcome) throws InterruptedException {
        boolean alone = everWelcomed ? outcome.end != End.LOST || hasDied(outcome.primary) : outcome.end == End.NOBODY;
        if (rule.act() == WhenOrphaned.Act.TERMINATE || !alone) {
            if (!link.drain().isDraining()) {
                stop();
            }
        } else if (outcome.end == End.REJECTED) {
            System.err.println("netcluster: the primary (pid " + outcome.primary + ") does not know this worker, which"
                    + " finishes what it has accepted, and ends");
            link.drain().begin(TimeUnit.SECONDS.toMillis(STOP_SECONDS), false); // others may have its listeners
        } else if (rule.act() == WhenOrphaned.Act.DRAIN || !everWelcomed) {
            link.drain().beginOrphaned(TimeUnit.SECONDS.toMillis(STOP_SECONDS));
        }
    }

    /** A link can break while the primary lives. Then what this worker shares is not its to end, nor is its slot. */
    @SuppressWarnings("ThreadSleep") // a process that dies closes its connections first
    private static boolean hasDied(long pid) throws InterruptedException {
        for (long waited = 0; waited < DYING_MILLIS; waited += LOOK_MILLIS) {
            if (Processes.hasEnded(pid)) {
                return true;
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
        return false;
    }

    /** The program's own shutdown hooks run, and if they take too long the JVM is halted. */
    @SuppressWarnings("ThreadSleep") // nothing can come: this is the deadline
    private static void stop() throws InterruptedException {
        ClusterSockets.terminate();
        TimeUnit.SECONDS.sleep(STOP_SECONDS);
        Runtime.getRuntime().halt(TERMINATED);
    }
}
