package io.netcluster;

import io.netcluster.wire.Parcel;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** What programs send, as bytes and back. */
final class Contents {
    private static final byte TEXT = 1;
    private static final byte BYTES = 2;
    private static final byte OBJECT = 3;

    private volatile @Nullable MessageCodec codec;

    Contents(@Nullable MessageCodec codec) {
        this.codec = codec;
    }

    void codec(MessageCodec given) {
        codec = given;
    }

    /** The content as bytes; an IllegalArgumentException says what cannot be sent. */
    Parcel encode(Object message) {
        var parcel = switch (message) {
            case String text -> new Parcel(TEXT, text.getBytes(StandardCharsets.UTF_8));
            case byte[] bytes -> new Parcel(BYTES, bytes);
            default -> new Parcel(OBJECT, encodeObject(message));
        };
        if (parcel.bytes().length > Parcel.MAX_BYTES) {
            throw new IllegalArgumentException("a message of " + parcel.bytes().length + " bytes cannot be sent, "
                    + Parcel.MAX_BYTES + " are the most: send it in parts, or by a file or socket");
        }
        return parcel;
    }

    private byte[] encodeObject(Object message) {
        var by = codec;
        if (by == null) {
            throw new IllegalArgumentException(
                    "cannot send a " + message.getClass().getName()
                            + ": send a String or a byte[], or set a codec, by ClusterOptions.codec in the primary and by"
                            + " ThisWorker.codec in the worker");
        }
        try {
            return by.encode(message);
        } catch (Exception e) {
            throw new IllegalArgumentException(
                    "the codec cannot write " + message.getClass().getName() + ": " + e, e);
        }
    }

    /** What was sent. */
    Object decode(Parcel parcel) throws Exception {
        return switch (parcel.type()) {
            case TEXT -> new String(parcel.bytes(), StandardCharsets.UTF_8);
            case BYTES -> parcel.bytes();
            case OBJECT -> decodeObject(parcel.bytes());
            default ->
                throw new IllegalStateException(
                        "the peer is another version of netcluster: it sent a message" + " of type " + parcel.type());
        };
    }

    private Object decodeObject(byte[] bytes) throws Exception {
        var by = codec;
        if (by == null) {
            throw new IllegalStateException("the peer sent an object, and no codec is set to read it: set one by"
                    + " ClusterOptions.codec in the primary and by ThisWorker.codec in the worker");
        }
        return by.decode(bytes);
    }
}
