package io.netcluster;

import io.netcluster.sys.JavaSockets;
import io.netcluster.wire.MessageChannel;
import io.netcluster.wire.MessageChannel.Returned;
import io.netcluster.wire.Parcel;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.NetworkChannel;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The primary's end of a worker's message channel, as the API wants it. */
final class Channel implements Transport, MessageChannel.Receiver, Messaging.Tap {
    private final Worker worker;
    private final Delivery delivery;
    private final MessageChannel channel;
    private @Nullable Messaging messaging;

    Channel(Worker worker, io.netcluster.primary.Worker handle, Delivery delivery) {
        this.worker = worker;
        this.delivery = delivery;
        this.channel = Objects.requireNonNull(handle.channel());
    }

    void receiveInto(Messaging taker) {
        messaging = taker;
        channel.receiver(this);
    }

    // ------------------------------------------------------------------ what goes out

    @Override
    public void listen() {}

    @Override
    public void send(Parcel content) throws IOException, InterruptedException {
        channel.send(content);
    }

    boolean offer(Parcel content, int most) throws IOException {
        return channel.offer(content, most);
    }

    void flush(long nanos) throws InterruptedException {
        if (!channel.isAwaited()) {
            channel.flush(nanos);
        }
    }

    @Override
    public void sendToAll(Parcel content) {
        throw new IllegalStateException("the primary sends to its workers itself");
    }

    @Override
    public CompletableFuture<Void> send(Parcel content, Closeable socket) throws IOException {
        return channel.send(content, JavaSockets.take(socket)).exceptionallyCompose(Channel::comeBack);
    }

    private static CompletableFuture<Void> comeBack(Throwable failure) {
        var cause = failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
        if (!(cause instanceof Returned returned)) {
            return CompletableFuture.failedFuture(cause);
        }
        try {
            return CompletableFuture.failedFuture(new SocketReturnedException(JavaSockets.open(returned.descriptor())));
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public CompletableFuture<Parcel> request(Parcel content) throws IOException, InterruptedException {
        return channel.request(content);
    }

    // ------------------------------------------------------------------ what comes in, by the channel's thread

    @Override
    public void message(Parcel content) {
        incoming(content, null, null, null);
    }

    @Override
    public void socket(long number, Parcel content, int descriptor) {
        NetworkChannel socket;
        try {
            socket = JavaSockets.open(descriptor);
        } catch (IOException | RuntimeException e) {
            Messaging.report(e);
            channel.refused(number);
            return;
        }
        incoming(content, socket, taken -> acknowledge(number, taken), null);
    }

    private void acknowledge(long number, boolean taken) {
        if (taken) {
            channel.taken(number);
        } else {
            channel.refused(number);
        }
    }

    @Override
    public void request(long number, Parcel content) {
        incoming(content, null, null, new Incoming.Answer() {
            @Override
            public void reply(Parcel reply) throws IOException, InterruptedException {
                channel.reply(number, reply);
            }

            @Override
            public void fail(String why) throws IOException, InterruptedException {
                channel.fail(number, why);
            }
        });
    }

    @Override
    public void broadcast(Parcel content) {
        worker.passOn(content);
        message(content);
    }

    private void incoming(
            Parcel content,
            @Nullable NetworkChannel socket,
            @Nullable Consumer<Boolean> taken,
            Incoming.@Nullable Answer answer) {
        worker.online().join(); // listeners hear of that first
        Objects.requireNonNull(messaging).received(new Incoming(content, socket, taken, answer));
    }

    /** Whether this thread is the one that reads, and completes what waits for a reply. */
    boolean isReading() {
        return channel.isReading();
    }

    @Override
    public void finished() {}

    @Override
    public void ended() {}

    // ------------------------------------------------------------------ events

    @Override
    public boolean listens() {
        return delivery.hasListeners() || !worker.listenersOfEvents().isEmpty();
    }

    @Override
    public void received(Message message) {
        delivery.deliver(new Event.Received(worker, message));
    }
}
