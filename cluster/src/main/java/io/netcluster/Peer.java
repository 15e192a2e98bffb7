package io.netcluster;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The process at the other end of a worker's message channel: to the primary a {@link Worker}, to a worker, as {@link
 * ThisWorker}, its primary.
 *
 * <p>A message is a {@link String}, a {@code byte[]}, or any object that the {@link MessageCodec} of both ends knows; as
 * bytes it may have 16 MiB at most. Messages between two processes arrive in the order in which each was sent, whichever
 * thread sent it. What was sent before a process ended in an orderly way, by the end of its main or {@link System#exit},
 * arrives, if the peer reads it: a JVM that ends waits 10 s for that, and what the kernel has not taken then is lost. So
 * is what a killed process had not yet handed to the kernel. What was sent to a worker before it was disconnected is handled
 * before it ends, and requests are answered, within the time for that; see {@link Worker#disconnect(Duration)}.
 *
 * <p>Sending is bounded: when the peer does not read, some 500 KiB wait in the two processes and the kernel, and then
 * the sender waits too. It waits without pinning a virtual thread. Of a broadcast, all who have room get their copies
 * before anybody is waited for.
 *
 * <p>A peer's handlers are called one at a time, by a thread of the channel's own. While a handler runs, no further
 * message of that peer is read, nor any reply, nor does its end show: a handler that wants to wait for one of these hands
 * that to another thread. It may send without fear of a deadlock, up to 16 MiB. What comes before there is a handler for
 * it is kept, up to 1 MiB, and then not read. Where event listeners hear of messages meanwhile, all are read, and the
 * first handler gets the latest 1 MiB of them. What a handler throws goes to its thread's {@link
 * Thread#getUncaughtExceptionHandler}.
 *
 * <p>All methods may be called by any thread.
 */
public sealed interface Peer permits Worker, ThisWorker {
    /**
     * Sends a message. Blocks while there is no room for it; returns before the peer has read it.
     *
     * @param message a String, a byte[], or an object for the codec
     * @throws IOException if the peer has ended, or takes no messages
     * @throws InterruptedException if interrupted while waiting for room; nothing has been sent then
     * @throws IllegalArgumentException if the message is too long, or no codec is set for its class
     */
    default void send(Object message) throws IOException, InterruptedException {
        Messaging.of(this).send(message);
    }

    /**
     * Sends a message and with it a socket, which from then on is the peer's alone. Blocks as {@link #send(Object)} does.
     *
     * <p>The socket that is given is closed at once, without harm to its connection, and the peer gets a channel of the
     * JDK's for it: a {@code SocketChannel}, {@code ServerSocketChannel} or {@code DatagramChannel}. The connection is
     * never in limbo: until the peer's handler is called, this process keeps it too, and if the peer ends before, it
     * comes back.
     *
     * @param socket a connected {@code SocketChannel} or {@code Socket}, a bound {@code ServerSocketChannel}, {@code
     *     ServerSocket}, {@code DatagramChannel} or {@code DatagramSocket}; no TLS socket, whose state is in this process
     * @return completed when the peer has taken the socket; fails with a {@link SocketReturnedException}, which has the
     *     socket, if the peer has ended before that or has no descriptor left for it, or this thread was interrupted
     *     while it waited
     * @throws IllegalArgumentException if it is no such socket, or as in {@link #send(Object)}; the socket is untouched
     * @throws IOException if it is closed, or there is no descriptor left for the copy; the socket is untouched
     */
    default CompletableFuture<Void> send(Object message, Closeable socket) throws IOException {
        return Messaging.of(this).send(message, socket);
    }

    /**
     * Asks for a reply. Blocks as {@link #send(Object)} does, and not for the reply.
     *
     * @param timeout how long the reply may take from now on
     * @return the reply; fails with a {@link java.util.concurrent.TimeoutException}, or an IOException if the peer's
     *     handler failed or the peer ended
     * @throws IOException as in {@link #send(Object)}
     * @throws InterruptedException as in {@link #send(Object)}
     */
    default CompletableFuture<Object> request(Object message, Duration timeout)
            throws IOException, InterruptedException {
        return Messaging.of(this).request(message, timeout);
    }

    /**
     * Sets who takes messages, in place of who did.
     *
     * <p>A handler does not keep the JVM alive, as netcluster's threads in a worker are daemons: a worker ends when its
     * main has returned, unless other threads of the program live. One that only answers messages keeps its main from
     * returning, by {@code Thread.currentThread().join()} say, until it is disconnected.
     */
    default void onMessage(Consumer<? super Message> handler) {
        Messaging.of(this).onMessage(handler);
    }

    /**
     * Sets who answers requests, in place of who did. As for messages, that does not keep the JVM alive.
     *
     * @param handler returns the reply, or a {@link java.util.concurrent.CompletionStage} of it; what it throws reaches
     *     the asker as an IOException with the same message
     */
    default void onRequest(Function<? super Message, ?> handler) {
        Messaging.of(this).onRequest(handler);
    }
}
