package sun.nio.ch;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.reflect.Field;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketImpl;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.util.ArrayList;
import java.util.List;
import jdk.internal.misc.Unsafe;

/**
 * The way from a socket of the JDK's to its descriptor, and back, which the JDK keeps to itself.
 *
 * <p>It is defined in the package of the classes that it looks into when a program first sends or receives a socket, in
 * a worker as in a plain primary, so that it may use what is private to that package.
 */
public final class ClusterChannels {
    private ClusterChannels() {}

    /**
     * The number behind an open socket of the JDK's own; it stays the object's.
     *
     * @throws IllegalArgumentException if another library implements it
     */
    public static int descriptor(Object socket) {
        Object inner = innermost(socket);
        return inner instanceof SelChImpl channel
                ? channel.getFDVal()
                : IOUtil.fdVal((FileDescriptor) get(SocketImpl.class, "fd", inner));
    }

    /** The SelChImpl or NioSocketImpl inside. */
    private static Object innermost(Object socket) {
        if (socket instanceof SelChImpl || socket instanceof NioSocketImpl) {
            return socket;
        }
        if (socket instanceof DatagramSocketAdaptor adaptor) {
            return innermost(adaptor.getChannel());
        }
        if (socket instanceof DatagramSocket datagrams) {
            return innermost(get(DatagramSocket.class, "delegate", datagrams));
        }
        if (socket instanceof Socket connection) {
            SocketChannel channel = connection.getChannel();
            return innermost(channel == null ? get(Socket.class, "impl", connection) : channel);
        }
        if (socket instanceof ServerSocket server) {
            ServerSocketChannel channel = server.getChannel();
            return innermost(channel == null ? get(ServerSocket.class, "impl", server) : channel);
        }
        if (socket instanceof SocketImpl proxied && proxied.getClass().getModule() == Object.class.getModule()) {
            return innermost(get(proxied.getClass().getSuperclass(), "delegate", proxied)); // SOCKS, HTTP
        }
        throw new IllegalArgumentException(
                (socket == null
                                ? "a socket without implementation"
                                : socket.getClass().getName()) + " is not a socket of the JDK's own");
    }

    /**
     * The epoll sets that may hold a socket: its selectors', and those in which virtual threads wait. Null if this JDK
     * does not let itself be asked, as a later one may not.
     */
    public static int[] epollSets(Object socket) {
        List<Integer> sets = new ArrayList<>();
        try {
            if (!Unsafe.getUnsafe().shouldBeInitialized(Poller.class)) { // else no virtual thread has ever waited
                Poller.readPollers().forEach(poller -> sets.add(poller.fdVal()));
                Poller.writePollers().forEach(poller -> sets.add(poller.fdVal()));
            }
            if (innermost(socket) instanceof SelectableChannel channel && channel.isRegistered()) {
                synchronized (get(AbstractSelectableChannel.class, "keyLock", channel)) {
                    for (SelectionKey key : (SelectionKey[]) get(AbstractSelectableChannel.class, "keys", channel)) {
                        if (key != null) {
                            sets.add((int) get(EPollSelectorImpl.class, "epfd", key.selector()));
                        }
                    }
                }
            }
            return sets.stream().mapToInt(set -> set).toArray();
        } catch (LinkageError | RuntimeException e) {
            return null;
        }
    }

    /** A blocking channel for a connected stream socket, which is the channel's from now on, unless this fails. */
    public static SocketChannel openConnected(int socket, ProtocolFamily family, byte[] unixPeer) throws IOException {
        FileDescriptor fd = IOUtil.newFD(socket);
        SocketAddress remote = family == StandardProtocolFamily.UNIX
                ? UnixDomainSocketAddress.of(new String(unixPeer, UnixDomainSocketsUtil.getCharset()))
                : peer(fd);
        SocketChannelImpl channel = new SocketChannelImpl(DefaultSelectorProvider.get(), family, fd, remote);
        IOUtil.configureBlocking(fd, true);
        return channel;
    }

    /**
     * A blocking channel for a duplicate of a listening socket.
     *
     * <p>By the constructor that makes a socket of its own, since the one for sockets that exist takes IPv4 for IPv6.
     */
    public static ServerSocketChannel openListening(int socket, ProtocolFamily family) throws IOException {
        ServerSocketChannelImpl channel = new ServerSocketChannelImpl(DefaultSelectorProvider.get(), family);
        try {
            FileDescriptor fd = IOUtil.newFD(socket);
            set(
                    channel,
                    "localAddress",
                    family == StandardProtocolFamily.UNIX ? UnixDomainSockets.localAddress(fd) : Net.localAddress(fd));
            adopt(fd, channel);
            return channel;
        } catch (Throwable e) {
            channel.close();
            throw e;
        }
    }

    /** A blocking channel for a duplicate of a datagram socket. */
    public static DatagramChannel openDatagrams(int socket, ProtocolFamily family) throws IOException {
        DatagramChannelImpl channel = new DatagramChannelImpl(DefaultSelectorProvider.get(), family, true);
        try {
            FileDescriptor fd = IOUtil.newFD(socket);
            InetSocketAddress local = Net.localAddress(fd);
            if (local.getPort() != 0) {
                set(channel, "localAddress", local);
            }
            InetSocketAddress remote = peer(fd);
            if (remote != null) { // not by connect, which throws away what has arrived
                set(channel, "initialLocalAddress", local);
                set(channel, "remoteAddress", remote);
                set(channel, "state", get(DatagramChannelImpl.class, "ST_CONNECTED", null));
            }
            adopt(fd, channel);
            return channel;
        } catch (Throwable e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Puts a socket that other processes may have too behind a channel.
     *
     * <p>Its O_NONBLOCK is theirs as well, and stays on: the channel is told what a virtual thread's use would tell it,
     * that it has to poll where it is to block, and must never clear the flag.
     */
    private static void adopt(FileDescriptor fd, SelChImpl channel) throws IOException {
        set(channel, "forcedNonBlocking", true);
        IOUtil.configureBlocking(fd, false);
        new DatagramDispatcher().dup(fd, channel.getFD());
    }

    /** Null if there is none: a datagram socket that is not connected, or a connection that was reset meanwhile. */
    private static InetSocketAddress peer(FileDescriptor fd) {
        try {
            return Net.remoteAddress(fd);
        } catch (IOException e) {
            return null;
        }
    }

    private static Object get(Class<?> type, String name, Object of) {
        try {
            Field field = type.getDeclaredField(name);
            field.setAccessible(true);
            return field.get(of);
        } catch (ReflectiveOperationException e) {
            throw new UnsupportedOperationException("netcluster does not know this JDK's " + type.getName(), e);
        }
    }

    private static void set(Object of, String name, Object value) {
        try {
            Field field = of.getClass().getDeclaredField(name);
            field.setAccessible(true);
            field.set(of, value);
        } catch (ReflectiveOperationException e) {
            throw new UnsupportedOperationException(
                    "netcluster does not know this JDK's " + of.getClass().getName(), e);
        }
    }
}
