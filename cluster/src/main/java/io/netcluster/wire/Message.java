package io.netcluster.wire;

import java.nio.charset.StandardCharsets;

/** Everything that is said on a link. */
public sealed interface Message {
    /** What a worker says. */
    sealed interface FromWorker extends Message {}

    /** What the primary says. */
    sealed interface FromPrimary extends Message {}

    /** What the primary answers to a worker that asked for something under a number. */
    sealed interface Answer extends FromPrimary {
        /** The worker's number. */
        long grant();
    }

    /**
     * The worker's first words: which worker it is, with the one-time token that proves it.
     *
     * @param worker the worker's id
     * @param token the secret from its environment
     * @param pid its process, which need not be the one that was started (a start script's child)
     */
    record Hello(long worker, String token, long pid) implements FromWorker {}

    /**
     * Asks for an address; the program's own unbound socket travels with it.
     *
     * @param grant the number under which the worker will speak of it, never used twice by one worker
     * @param policy what is wanted if the port is 0; otherwise it is {@link PortPolicy#UNIQUE}
     */
    record Listen(long grant, Address address, PortPolicy policy) implements FromWorker {}

    /** Tells of a listener that the worker bound by itself. */
    record Listening(long grant, Address address) implements FromWorker {}

    /** The worker has closed a listener; answered by {@link Released}. */
    record Close(long grant) implements FromWorker {}

    /**
     * The first words on a worker's second connection, which from {@link Welcome} on is its message channel.
     *
     * @param worker the worker's id
     * @param token as in {@link Hello}
     */
    record Attach(long worker, String token) implements FromWorker {}

    /** The program says that it is ready. */
    record Ready() implements FromWorker {}

    /** The program asks to be drained within so many milliseconds; {@link Drain} follows. */
    record Disconnect(long millis) implements FromWorker {}

    /** How many connections a draining worker still has. */
    record Draining(int connections) implements FromWorker {}

    /** Asks, while draining, what is to become of a shared listener; answered by {@link Withdrawn}. */
    record Withdraw(long grant) implements FromWorker {}

    /**
     * Hands back, to a new primary, a shared listener, which travels with it.
     *
     * @param grant as in {@link Listen}
     * @param asked the address that was asked for
     * @param port where it is bound, or 0 for a Unix-domain socket
     * @param policy as in {@link Listen}
     * @param number as in {@link Granted}
     */
    record Holding(long grant, Address asked, int port, PortPolicy policy, int number) implements FromWorker {}

    /** The worker has told a new primary of all that it has. */
    record Settled() implements FromWorker {}

    /**
     * The answer to {@link Ping}.
     *
     * @param number the ping's
     * @param heapUsed how many bytes of the heap are in use, garbage among them
     * @param heapMax how many bytes the heap may have at most
     */
    record Pong(long number, long heapUsed, long heapMax) implements FromWorker {}

    /**
     * The answer to {@link Hello}: the worker is known.
     *
     * @param pid the primary's process
     */
    record Welcome(long pid) implements FromPrimary {}

    /**
     * The answer to {@link Listen}: bound. A descriptor with it is the listener; without, the socket offered is.
     *
     * @param number the how manieth port 0 of its kind it is, if the policy counts; otherwise 0
     */
    record Granted(long grant, int number) implements Answer {}

    /** The answer to {@link Listen}: the kernel, or the listener table, says no. */
    record Refused(long grant, int errno) implements Answer {}

    /**
     * The worker is to finish what it has accepted, accept nothing new, and end, within so many milliseconds.
     *
     * @param messages whether messages wait for it that its program, if it begins with them yet, is to have first
     */
    record Drain(long millis, boolean messages) implements FromPrimary {}

    /**
     * The answer to {@link Withdraw}: the worker has it no longer, as far as the cluster goes.
     *
     * @param last whether nobody else has it, so that what waits in its queue is this worker's to serve
     */
    record Withdrawn(long grant, boolean last) implements Answer {}

    /** Asks for {@link Pong}: the worker's JVM is alive, and its link is read. */
    record Ping(long number) implements FromPrimary {}

    /**
     * From now on the worker is to write its output to these files, which it makes if they are not there.
     *
     * @param out the path for standard output
     * @param err the path for standard error
     */
    record Reopen(String out, String err) implements FromPrimary {
        /** How many bytes both paths together may have. */
        public static final int MAX_BYTES = 1_000;

        /** Checks that it can be sent. */
        public Reopen {
            int bytes = out.getBytes(StandardCharsets.UTF_8).length + err.getBytes(StandardCharsets.UTF_8).length;
            if (bytes > MAX_BYTES) {
                throw new IllegalArgumentException(
                        "paths of " + bytes + " bytes together; " + MAX_BYTES + " are allowed: " + out + ", " + err);
            }
        }
    }

    /** The answer to {@link Close}: the cluster holds nothing of that grant any more. */
    record Released(long grant) implements Answer {}
}
