package io.netcluster.wire;

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
     * The answer to {@link Hello}: the worker is known.
     *
     * @param pid the primary's process
     */
    record Welcome(long pid) implements FromPrimary {}

    /** The answer to {@link Listen}: bound. A descriptor with it is the listener; without, the socket offered is. */
    record Granted(long grant) implements Answer {}

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

    /** The answer to {@link Close}: the cluster holds nothing of that grant any more. */
    record Released(long grant) implements Answer {}
}
