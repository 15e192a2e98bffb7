package io.netcluster.wire;

import java.io.IOException;

/** The peer does not keep to the protocol; the link is to be closed. */
public final class ProtocolException extends IOException {
    private static final long serialVersionUID = 1;

    ProtocolException(String message) {
        super(message);
    }
}
