package io.netcluster.sys;

import java.io.Closeable;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.ProtocolFamily;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.ClusterChannels;

/** Takes the descriptor out of a socket of the JDK's, and makes such a socket of a descriptor. */
public final class JavaSockets {
    private JavaSockets() {}

    /**
     * Takes the descriptor out of a connected {@code SocketChannel} or {@code Socket}, a bound {@code
     * ServerSocketChannel} or {@code ServerSocket}, or a bound {@code DatagramChannel} or {@code DatagramSocket}.
     *
     * <p>The object is closed then, as by its own close: who waits in it gets the exceptions of that, and its selection
     * keys are cancelled. What it was connected to or bound to goes on, unharmed, and a datagram or a byte that has
     * arrived but has not been read is still there to be read; what a thread is reading in that moment is its own. Not to be called twice at a time for one socket, nor
     * beside its close.
     *
     * @return a descriptor, the caller's
     * @throws IllegalArgumentException if it is no such socket, not connected or not bound; it is left as it was
     * @throws ClosedChannelException if it is closed
     * @throws IOException if descriptors or memory have run out; it is left as it was
     * @throws UnsupportedOperationException as {@link JavaBase#open}
     */
    public static int take(Closeable socket) throws IOException {
        check(socket);
        JavaBase.open();
        int number = Inside.descriptor(socket);
        int taken = Descriptors.duplicate(number);
        // all that can fail comes before dup3, but for the close of what is not in use any more
        try {
            boolean nonBlocking = Descriptors.isNonBlocking(number);
            if (nonBlocking) {
                leaveEpollSets(socket, number);
            }
            replace(socket, number, nonBlocking);
            return taken;
        } catch (IOException e) {
            Descriptors.close(taken);
            throw e;
        }
    }

    private static void replace(Closeable socket, int number, boolean nonBlocking) throws IOException {
        try (var standIn = standIn(socket, number, nonBlocking)) {
            Descriptors.replace(standIn.fd(), number);
            closeUnused(socket);
        }
    }

    private static StandIn standIn(Closeable socket, int number, boolean nonBlocking) throws IOException {
        return switch (socket) {
            case ServerSocketChannel _, ServerSocket _ -> StandIn.listening(nonBlocking);
            case DatagramChannel _, DatagramSocket _ -> StandIn.datagrams(number, nonBlocking);
            default -> StandIn.connected(nonBlocking);
        };
    }

    /** A selector's or virtual threads'; what blocks is in none. */
    private static void leaveEpollSets(Closeable socket, int number) throws IOException {
        int[] sets = Inside.epollSets(socket);
        if (sets == null) {
            for (var interest : Descriptors.interests(number)) { // looks at all descriptors there are
                Descriptors.forget(interest, number);
            }
        } else {
            for (int set : sets) {
                Descriptors.forget(set, number);
            }
        }
    }

    /** The JDK may shut a connection down before it closes it: by now that is the stand-in's. */
    private static void closeUnused(Closeable socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // it is closed all the same, and what failed concerned the stand-in
        }
    }

    private static void check(Closeable socket) throws IOException {
        switch (socket) {
            case SSLSocket _, SSLServerSocket _ ->
                throw new IllegalArgumentException(
                        "a TLS session cannot leave its process: send the plain socket before the handshake");
            case SocketChannel s -> check(s, s.isOpen(), s.isConnected(), "connected");
            case Socket s -> check(s, !s.isClosed(), s.isConnected(), "connected");
            case ServerSocketChannel s -> check(s, s.isOpen(), isBound(s), "bound");
            case ServerSocket s -> check(s, !s.isClosed(), s.isBound(), "bound");
            case DatagramChannel s -> check(s, s.isOpen(), isBound(s), "bound");
            case DatagramSocket s -> check(s, !s.isClosed(), s.isBound(), "bound");
            default ->
                throw new IllegalArgumentException(socket.getClass().getName() + " is not a socket that can be sent");
        }
    }

    private static void check(Closeable socket, boolean open, boolean ready, String state) throws IOException {
        if (!open) {
            throw new ClosedChannelException();
        }
        if (!ready) {
            throw new IllegalArgumentException(socket + " is not " + state);
        }
    }

    /** Of a closed channel, whether it is cannot be known, and does not matter. */
    private static boolean isBound(NetworkChannel channel) throws IOException {
        return channel.isOpen() && channel.getLocalAddress() != null;
    }

    /**
     * Makes a channel of a socket's descriptor: a {@code SocketChannel} of a connected stream socket, a {@code
     * ServerSocketChannel} of a listening one, a {@code DatagramChannel} of an Internet datagram socket.
     *
     * <p>It is in blocking mode and registered with no selector. If others have the socket too, as they may have a
     * listener, that does not concern them. The remote address of a connection that was reset meanwhile is null.
     *
     * @param fd the channel's from now on; closed if this fails
     * @throws IOException if it is not a socket, or not of those kinds
     * @throws UnsupportedOperationException as {@link JavaBase#open}, or if it is an IPv6 socket and this JVM does
     *     without
     */
    public static NetworkChannel open(int fd) throws IOException {
        NetworkChannel channel = null;
        try {
            JavaBase.open();
            channel = channel(fd);
            return channel;
        } finally {
            if (!(channel instanceof SocketChannel)) { // the others have a duplicate
                Descriptors.close(fd);
            }
        }
    }

    private static NetworkChannel channel(int fd) throws IOException {
        int type = Sockets.type(fd);
        var family = family(Sockets.domain(fd));
        boolean unix = family == StandardProtocolFamily.UNIX;
        if (family != null && type == Sockets.SOCK_STREAM) {
            return Sockets.isListening(fd)
                    ? Inside.openListening(fd, family)
                    : Inside.openConnected(fd, family, unix ? Sockets.peerPath(fd) : new byte[0]);
        }
        if (family != null && type == Sockets.SOCK_DGRAM && !unix) {
            return Inside.openDatagrams(fd, family);
        }
        throw new IOException("Java has no channel for sockets of type " + type + " and domain " + Sockets.domain(fd));
    }

    private static @Nullable ProtocolFamily family(int domain) {
        return switch (domain) {
            case Sockets.AF_INET -> StandardProtocolFamily.INET;
            case Sockets.AF_INET6 -> StandardProtocolFamily.INET6;
            case Sockets.AF_UNIX -> StandardProtocolFamily.UNIX;
            default -> null;
        };
    }

    /** A class apart, which may be linked only when JavaBase is open. */
    private static final class Inside {
        static int descriptor(Object socket) {
            return ClusterChannels.descriptor(socket);
        }

        static int @Nullable [] epollSets(Object socket) {
            return ClusterChannels.epollSets(socket);
        }

        static SocketChannel openConnected(int fd, ProtocolFamily family, byte[] unixPeer) throws IOException {
            return ClusterChannels.openConnected(fd, family, unixPeer);
        }

        static ServerSocketChannel openListening(int fd, ProtocolFamily family) throws IOException {
            return ClusterChannels.openListening(fd, family);
        }

        static DatagramChannel openDatagrams(int fd, ProtocolFamily family) throws IOException {
            return ClusterChannels.openDatagrams(fd, family);
        }
    }
}
