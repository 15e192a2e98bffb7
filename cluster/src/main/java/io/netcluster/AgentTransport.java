package io.netcluster;

import io.netcluster.wire.Parcel;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.NetworkChannel;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A worker's messages, which travel by the agent's channel, as types of the JDK's. */
final class AgentTransport implements Transport {
    private @Nullable Messaging messaging;
    private boolean begun;

    /** Says who takes what comes. */
    void receiveInto(Messaging taker) {
        messaging = taker;
    }

    /** The agent dials when the program first has to do with messages; most programs never have. */
    private synchronized void begin() {
        if (!begun) {
            begun = true;
            BiConsumer<String, Object[]> taker = this::received;
            AgentLink.ask("receive", taker);
        }
    }

    /**
     * {@code message}: type, bytes, socket or null, and who is to be told whether it is taken, or null; {@code request}:
     * type, bytes, and a reply's taker; {@code finished}: who wants to know whether all that has come is handled.
     */
    @SuppressWarnings("unchecked") // the contract with the agent's Messages
    private void received(String kind, Object[] came) {
        var to = Objects.requireNonNull(messaging);
        if (kind.equals("finished")) {
            ((Consumer<BooleanSupplier>) came[0]).accept(to::isIdle);
            return;
        }
        var content = new Parcel((Byte) came[0], (byte[]) came[1]);
        if (kind.equals("request")) {
            var reply = (BiConsumer<Object[], String>) came[2];
            to.received(new Incoming(content, null, null, new AgentAnswer(reply)));
        } else {
            var taken = (Consumer<Boolean>) came[3];
            to.received(new Incoming(content, (NetworkChannel) came[2], taken, null));
        }
    }

    private record AgentAnswer(BiConsumer<Object[], String> taker) implements Incoming.Answer {
        @Override
        public void reply(Parcel content) {
            taker.accept(array(content), "");
        }

        @Override
        public void fail(String why) {
            taker.accept(new Object[0], why);
        }
    }

    private static Object[] array(Parcel content) {
        return new Object[] {content.type(), content.bytes()};
    }

    private void tell(String operation, Parcel content) throws IOException, InterruptedException {
        begin();
        switch (AgentLink.ask(operation, array(content))) {
            case IOException failure -> throw failure;
            case InterruptedException interrupted -> throw interrupted;
            default -> {}
        }
    }

    @Override
    public void listen() {
        begin();
    }

    @Override
    public void send(Parcel content) throws IOException, InterruptedException {
        tell("send", content);
    }

    @Override
    public void sendToAll(Parcel content) throws IOException, InterruptedException {
        tell("broadcast", content);
    }

    @Override
    @SuppressWarnings("unchecked") // the agent's future: empty, or the socket that came back
    public CompletableFuture<Void> send(Parcel content, Closeable socket) throws IOException {
        begin();
        var answer = AgentLink.ask("sendSocket", new Object[] {content.type(), content.bytes(), socket});
        if (answer instanceof IOException failure) {
            throw failure;
        }
        return ((CompletableFuture<NetworkChannel>) answer)
                .thenCompose(back -> back == null
                        ? CompletableFuture.completedFuture(null)
                        : CompletableFuture.failedFuture(new SocketReturnedException(back)));
    }

    @Override
    @SuppressWarnings("unchecked") // the agent's future: a reply as an array
    public CompletableFuture<Parcel> request(Parcel content) throws IOException, InterruptedException {
        begin();
        var answer = AgentLink.ask("request", array(content));
        switch (answer) {
            case IOException failure -> throw failure;
            case InterruptedException interrupted -> throw interrupted;
            default -> {}
        }
        var raw = (CompletableFuture<Object[]>) answer;
        var reply = raw.thenApply(came -> new Parcel((Byte) came[0], (byte[]) came[1]));
        var _ = reply.whenComplete((_, _) -> raw.cancel(false));
        return reply;
    }
}
