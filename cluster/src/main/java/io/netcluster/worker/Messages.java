package io.netcluster.worker;

import io.netcluster.sys.JavaSockets;
import io.netcluster.wire.Frames;
import io.netcluster.wire.Message.Attach;
import io.netcluster.wire.Message.Welcome;
import io.netcluster.wire.MessageChannel;
import io.netcluster.wire.MessageChannel.Returned;
import io.netcluster.wire.Parcel;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The worker's end of its message channel, which is dialled when the program first has to do with messages.
 *
 * <p>What passes between this and the program, whose copy of netcluster may be another, is of the JDK's types: a content
 * is an array of its type, a Byte, and its bytes; failures are returned, not thrown.
 */
final class Messages implements MessageChannel.Receiver, Runnable {
    private static final String DONE = "";
    private static final long FLUSH_SECONDS = 10;

    private final Identity identity;
    private final Link link;
    private final BiConsumer<String, Object[]> taker;
    private final MessageChannel channel = new MessageChannel("netcluster-messages");
    private final CompletableFuture<Void> attached = new CompletableFuture<>();
    private volatile BooleanSupplier quiet = () -> false;

    private Messages(Identity identity, Link link, BiConsumer<String, Object[]> taker) {
        this.identity = identity;
        this.link = link;
        this.taker = taker;
        channel.receiver(this);
    }

    /** Begins; the taker is given what comes. */
    static Messages begin(Identity identity, Link link, BiConsumer<String, Object[]> taker) {
        var messages = new Messages(identity, link, taker);
        link.drain().endWhen(() -> messages.quiet.getAsBoolean());
        var thread = new Thread(null, messages, "netcluster-messages", 0, false);
        thread.setDaemon(true);
        thread.start();
        messages.flushAtTheEnd();
        return messages;
    }

    /** What its thread does. */
    @Override
    public void run() {
        if (!channel.begin()) {
            return;
        }
        try {
            link.awaitWelcome();
            var transfer = LinkTransfer.dial(identity.link(), identity.answerTimeout());
            var frames = new Frames(transfer);
            frames.send(new Attach(identity.worker(), identity.token()), Frames.NONE);
            var answer = frames.receive();
            if (answer == null || !(answer.message() instanceof Welcome)) {
                throw new IOException("this cluster's primary takes no messages");
            }
            channel.open(transfer.fd()); // first: what a shutdown hook sends must be written before that hook ends
            attached.complete(null);
            channel.run(transfer.fd());
        } catch (IOException e) {
            attached.completeExceptionally(e);
            channel.end(); // who sends hears of it; that a primary is gone, the link's thread acts on
        }
    }

    /** Only then is it certain that there is somebody who takes messages. */
    private void awaitAttached() throws IOException, InterruptedException {
        try {
            attached.get();
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        }
    }

    private void flushAtTheEnd() {
        try {
            Runtime.getRuntime().addShutdownHook(new Thread(this::flush, "netcluster-flush"));
        } catch (IllegalStateException e) {
            channel.hurry(); // the end has begun, and it is a shutdown hook that sends
        }
    }

    /** What was sent before the end of main, or System.exit, arrives. */
    private void flush() {
        try {
            channel.flush(TimeUnit.SECONDS.toNanos(FLUSH_SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the JVM ends in any case
        }
    }

    // ------------------------------------------------------------------ what the program sends

    private static Parcel parcel(Object[] content) {
        return new Parcel((Byte) content[0], (byte[]) content[1]);
    }

    private static Object[] array(Parcel content) {
        return new Object[] {content.type(), content.bytes()};
    }

    /** Returns an IOException or InterruptedException, if there was one. */
    Object send(Object[] content) {
        try {
            awaitAttached();
            channel.send(parcel(content));
            return DONE;
        } catch (IOException | InterruptedException e) {
            return e;
        }
    }

    /** As {@link #send}. */
    Object broadcast(Object[] content) {
        try {
            awaitAttached();
            channel.broadcast(parcel(content));
            return DONE;
        } catch (IOException | InterruptedException e) {
            return e;
        }
    }

    /** The content and a socket; returns an IOException, or a future of the socket that came back, or of null. */
    @SuppressWarnings("FutureReturnValueIgnored") // it is returned
    Object sendSocket(Object[] content) {
        try {
            int descriptor = JavaSockets.take((Closeable) content[2]);
            return channel.send(parcel(content), descriptor).handle(Messages::comeBack);
        } catch (IOException e) {
            return e;
        }
    }

    private static @Nullable Object comeBack(@Nullable Void taken, @Nullable Throwable failure) {
        var cause = failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
        if (cause == null) {
            return null;
        }
        try {
            if (cause instanceof Returned returned) {
                return JavaSockets.open(returned.descriptor());
            }
        } catch (IOException e) {
            throw new CompletionException(e);
        }
        throw new CompletionException(cause);
    }

    /** Returns a future of the reply, as an array, or an IOException or InterruptedException. */
    @SuppressWarnings("FutureReturnValueIgnored") // it is returned
    Object request(Object[] content) {
        try {
            awaitAttached();
            var reply = channel.request(parcel(content));
            var answer = reply.thenApply(Messages::array);
            var _ = answer.whenComplete((_, _) -> reply.cancel(false));
            return answer;
        } catch (IOException | InterruptedException e) {
            return e;
        }
    }

    // ------------------------------------------------------------------ what comes

    @Override
    public void message(Parcel content) {
        taker.accept("message", new Object[] {content.type(), content.bytes(), null, null});
    }

    @Override
    public void socket(long number, Parcel content, int descriptor) {
        try {
            var socket = JavaSockets.open(descriptor);
            if (socket instanceof SocketChannel connection) {
                link.drain().alsoFinish(connection);
            }
            Consumer<Boolean> taken = yes -> acknowledge(number, yes);
            taker.accept("message", new Object[] {content.type(), content.bytes(), socket, taken});
        } catch (IOException | RuntimeException e) {
            channel.refused(number);
        }
    }

    private void acknowledge(long number, boolean taken) {
        if (taken) {
            channel.taken(number);
        } else {
            channel.refused(number);
        }
    }

    @Override
    public void broadcast(Parcel content) {
        message(content);
    }

    @Override
    public void request(long number, Parcel content) {
        BiConsumer<Object[], String> reply = (answer, failure) -> reply(number, answer, failure);
        taker.accept("request", new Object[] {content.type(), content.bytes(), reply});
    }

    private void reply(long number, Object[] answer, String failure) {
        try {
            if (answer.length == 0) {
                channel.fail(number, failure);
            } else {
                channel.reply(number, parcel(answer));
            }
        } catch (IOException e) {
            // who asked has gone
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void finished() {
        Consumer<BooleanSupplier> asks = idle -> quiet = idle;
        taker.accept("finished", new Object[] {asks});
    }

    @Override
    public void ended() {
        quiet = () -> true;
    }
}
