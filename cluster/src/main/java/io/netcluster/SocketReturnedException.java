package io.netcluster;

import java.io.IOException;
import java.nio.channels.NetworkChannel;

/** A socket that was sent came back: its receiver had ended before it took it, or could not take it. */
public final class SocketReturnedException extends IOException {
    private static final long serialVersionUID = 1;
    private final transient NetworkChannel socket;

    SocketReturnedException(NetworkChannel socket) {
        super("the peer has not taken the socket " + socket);
        this.socket = socket;
    }

    /** The socket, usable as ever, and the catcher's to send elsewhere, to serve or to close. */
    public NetworkChannel socket() {
        return socket;
    }
}
