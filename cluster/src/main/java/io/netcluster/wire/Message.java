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
     */
    record Listen(long grant, Address address) implements FromWorker {}

    /** Tells of a listener that the worker bound by itself. */
    record Listening(long grant, Address address) implements FromWorker {}

    /** The worker has closed a listener; answered by {@link Released}. */
    record Close(long grant) implements FromWorker {}

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

    /** The answer to {@link Close}: the cluster holds nothing of that grant any more. */
    record Released(long grant) implements Answer {}
}
