package io.netcluster;

import java.nio.channels.NetworkChannel;
import org.jspecify.annotations.Nullable;

/**
 * What a peer has sent.
 *
 * @param content a String, a byte[], or what the {@link MessageCodec} made of it
 * @param socket the socket that came with it, the receiver's to close; null if there was none
 */
public record Message(Object content, @Nullable NetworkChannel socket) {
    /**
     * The content as text.
     *
     * @throws ClassCastException if it is none
     */
    public String text() {
        return (String) content;
    }

    /**
     * The content as bytes.
     *
     * @throws ClassCastException if it is none
     */
    public byte[] bytes() {
        return (byte[]) content;
    }
}
