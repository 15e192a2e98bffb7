package io.netcluster.wire;

import io.netcluster.sys.Descriptors;
import java.io.IOException;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Messages over a connection, whole, each with the descriptor that belongs to it. */
public final class Frames {
    /** No descriptor. */
    public static final OptionalInt NONE = OptionalInt.empty();

    private final Transfer transfer;
    private final Object writing = new Object();

    /** Frames over a connection, which stays the caller's. */
    public Frames(Transfer transfer) {
        this.transfer = transfer;
    }

    /** A message and the descriptor that came with it, the receiver's from then on. */
    public record Received(Message message, OptionalInt descriptor) {}

    /**
     * Sends a message and a duplicate of a descriptor, which stays the caller's; blocks for a bounded time. Any thread.
     */
    public void send(Message message, OptionalInt descriptor) throws IOException {
        var frame = Codec.encode(message, descriptor.isPresent());
        synchronized (writing) {
            transfer.send(frame);
            if (descriptor.isPresent()) {
                transfer.sendDescriptor(descriptor.getAsInt());
            }
        }
    }

    /**
     * Waits for a message; one thread at a time.
     *
     * @return null if the peer has closed
     * @throws ProtocolException if it does not keep to the protocol; no descriptor is kept then
     */
    public @Nullable Received receive() throws IOException {
        var bytes = new byte[Codec.HEADER];
        if (!transfer.receive(bytes)) {
            return null;
        }
        var header = Codec.Header.of(bytes);
        var body = new byte[header.length()];
        if (header.length() > 0 && !transfer.receive(body)) {
            throw new IOException("the peer closed in the middle of a frame");
        }
        var descriptor = header.descriptor() ? OptionalInt.of(transfer.receiveDescriptor()) : NONE;
        try {
            return new Received(Codec.decode(header.kind(), body), descriptor);
        } catch (ProtocolException e) {
            descriptor.ifPresent(Descriptors::close);
            throw e;
        }
    }
}
