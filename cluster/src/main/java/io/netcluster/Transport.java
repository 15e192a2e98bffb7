package io.netcluster;

import io.netcluster.wire.Parcel;
import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** How a peer's messages travel: in the primary by its channel, in a worker through the agent, which has it. */
interface Transport {
    /** Makes sure that what the peer sends will come. */
    void listen();

    void send(Parcel content) throws IOException, InterruptedException;

    void sendToAll(Parcel content) throws IOException, InterruptedException;

    CompletableFuture<Void> send(Parcel content, Closeable socket) throws IOException;

    CompletableFuture<Parcel> request(Parcel content) throws IOException, InterruptedException;
}
