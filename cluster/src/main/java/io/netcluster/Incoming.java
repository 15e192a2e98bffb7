package io.netcluster;

import io.netcluster.wire.Parcel;
import java.io.IOException;
import java.nio.channels.NetworkChannel;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What has come from a peer: a message, perhaps with a socket, or a request, which has an answer.
 *
 * @param taken hears whether the program takes the socket
 * @param heard whether listeners have been given it
 */
record Incoming(
        Parcel content,
        @Nullable NetworkChannel socket,
        @Nullable Consumer<Boolean> taken,
        @Nullable Answer answer,
        boolean heard) {
    private static final int OVERHEAD = 64; // what a kept message takes beside its bytes

    /** Answers one request. */
    interface Answer {
        /** How much is said about a failure. */
        int TEXT = 1 << 16;

        void reply(Parcel content) throws IOException, InterruptedException;

        void fail(String why) throws IOException, InterruptedException;

        /** Says why there is no reply. */
        default void refuse(Throwable why) {
            try {
                var text = why.toString();
                fail(text.substring(0, Math.min(text.length(), TEXT)));
            } catch (IOException e) {
                // who asked has gone
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    Incoming(
            Parcel content,
            @Nullable NetworkChannel socket,
            @Nullable Consumer<Boolean> taken,
            @Nullable Answer answer) {
        this(content, socket, taken, answer, false);
    }

    /** The same, but listeners have heard it, and its socket has been taken. */
    Incoming asHeard() {
        return new Incoming(content, socket, null, null, true);
    }

    /** How many bytes it takes while it is kept. */
    int size() {
        return content.bytes().length + OVERHEAD;
    }

    /** Says whether the program takes the socket. */
    void acknowledge(boolean yes) {
        if (taken != null) {
            taken.accept(yes);
        }
    }

    /** The program does not get it: a socket goes back, and who asks hears why. */
    void giveBack(Throwable why) {
        if (socket != null) {
            try {
                socket.close(); // which is nothing to the connection: the peer has it too
            } catch (IOException e) {
                // it was not in use
            }
        }
        acknowledge(false);
        refuse(why);
    }

    /** Who asks, if it is a request, hears why there is no reply. */
    void refuse(Throwable why) {
        if (answer != null) {
            answer.refuse(why);
        }
    }
}
