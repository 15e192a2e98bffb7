package io.netcluster;

/**
 * Something that has happened to a worker.
 *
 * <p>Of one worker, {@link Forked} comes first and {@link Online} second; then {@link Listening}, {@link Closed}, {@link
 * Ready} and {@link Draining}, in the order in which they happen; {@link Disconnected}, and {@link Exited} last of all. A
 * worker that ends before it is online is never disconnected. What it has {@link Received sent} comes in the order in
 * which it was sent, after Online and before Exited; messages have a connection of their own, so that their place among
 * the others is not determined. Events of different workers come in any order.
 */
public sealed interface Event {
    /** The worker it happened to. */
    Worker worker();

    /** Its process has been started. */
    record Forked(Worker worker) implements Event {}

    /** Its JVM is part of the cluster; its main is about to run, or runs. */
    record Online(Worker worker) implements Event {}

    /** It has opened a listener; a UDP socket on port 0 is none, as every client has one. */
    record Listening(Worker worker, Listener listener) implements Event {}

    /** It has closed a listener. */
    record Closed(Worker worker, Listener listener) implements Event {}

    /**
     * It is ready: by its first listener, or by {@link ThisWorker#ready}.
     *
     * <p>A program need not listen, so a worker is ready too when it has lived for a second since it was {@link Online},
     * as long as no worker of the cluster has asked for a shared address or opened a listener. A program that takes
     * longer to open its first is told as ready before that. Where readiness counts, fork with {@link
     * WorkerOptions#explicitReadiness}: then it is what the program says, and nothing else.
     */
    record Ready(Worker worker) implements Event {}

    /** It finishes what it has accepted, and has so many connections still. */
    record Draining(Worker worker, int connections) implements Event {}

    /**
     * It has sent a message, which goes to its {@link Worker#onMessage} handler too, also to one that is set later. A socket
     * that came with it is for one of them to take.
     */
    record Received(Worker worker, Message message) implements Event {}

    /** Its connection to the primary has ended. */
    record Disconnected(Worker worker) implements Event {}

    /** Its process has ended. */
    record Exited(Worker worker, Exit exit) implements Event {}
}
