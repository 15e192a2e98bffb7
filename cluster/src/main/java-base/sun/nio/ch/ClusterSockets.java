package sun.nio.ch;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import jdk.internal.loader.BootLoader;
import sun.net.util.IPAddressUtil;

/**
 * What the woven JDK classes call in place of bind, listen, configureBlocking and close.
 *
 * <p>The agent defines this class in a worker, in the package of the classes that call it, so that it may use what is
 * private to that package, and needs no jar on the boot class path. The static methods are the call sites' side; the
 * abstract ones are implemented by the agent. Until {@link #install} has been called, and for every socket that is no
 * server's, they do exactly what the JDK did.
 */
public abstract class ClusterSockets {
    /** Transport of a listener, as on the wire. */
    public static final int TCP = 0;

    /** Transport of a listener, as on the wire. */
    public static final int UDP = 1;

    /** Transport of a listener, as on the wire. */
    public static final int UNIX = 2;

    /** Answer of {@link #nettyBind}: the caller binds by itself. */
    public static final int PASS = 1;

    /** How many frames below the hook's a channel's doBind can be: its superclasses' and Socket.bind are between. */
    private static final int NETTY_DEPTH = 8;

    private static volatile ClusterSockets worker;

    /** Made by the agent alone. */
    protected ClusterSockets() {}

    /** Puts the worker's side in place; called once, before any class is woven. */
    public static void install(ClusterSockets sockets) {
        worker = sockets;
    }

    // ------------------------------------------------------------------ implemented by the agent

    /**
     * Binds a server's socket through the cluster.
     *
     * @param fd the socket, unbound; the caller's before and after
     * @param address 4 or 16 bytes of IP address as the socket's family wants it, or the path of a Unix-domain socket
     * @param scope the IPv6 scope id, or 0
     * @param inEpoll whether the socket may be registered with an epoll set already
     * @return 0: bound, and listening if it is a stream socket; {@link #PASS}: the caller is to bind as ever; else minus
     *     the errno of the refusal
     * @throws IOException if the primary could not be asked; nothing is bound then
     */
    protected abstract int bind(int fd, int transport, byte[] address, int scope, int port, boolean inEpoll)
            throws IOException;

    /** Whether a port is certain to be left to the kernel and the caller, so that nothing else need be found out. */
    protected abstract boolean isKernels(int port);

    /** The JDK's exception for a refusal, with the JDK's text. */
    protected abstract IOException refusal(int errno);

    /** Whether the socket behind the number belongs to the whole cluster. */
    protected abstract boolean isShared(int fd);

    /** Whether O_NONBLOCK is to stay on, so that another socket can take this one's place while threads wait for it. */
    protected abstract boolean staysNonBlocking(int fd);

    /** A listener of the worker's own has been opened. */
    protected abstract void opened(int fd, int transport, byte[] address, int scope, int port);

    /** The number is about to be closed: returns what {@link #closed} wants to know, or null if it is no listener's. */
    protected abstract Object closing(int fd, boolean inEpoll);

    /** The number has been closed. */
    protected abstract void closed(Object listener);

    // ------------------------------------------------------------------ called by the woven JDK classes

    static void bind(FileDescriptor fd, InetAddress address, int port, boolean server) throws IOException {
        if (!server || !granted(fd, TCP, Net.UNSPEC, address, port, false)) {
            Net.bind(fd, address, port);
        }
    }

    static void bind(FileDescriptor fd, InetAddress address, int port) throws IOException {
        bind(fd, address, port, true);
    }

    static void bind(
            ProtocolFamily family, FileDescriptor fd, InetAddress address, int port, ServerSocketChannelImpl channel)
            throws IOException {
        if (!granted(fd, TCP, family, address, port, channel.isRegistered())) {
            Net.bind(family, fd, address, port);
        }
    }

    /** A program that lets others reuse a UDP address wants every datagram on its own socket, so that is what it gets. */
    static void bind(
            ProtocolFamily family, FileDescriptor fd, InetAddress address, int port, DatagramChannelImpl channel)
            throws IOException {
        if (isReused(fd) || !granted(fd, UDP, family, address, port, channel.isRegistered())) {
            Net.bind(family, fd, address, port);
        }
    }

    private static boolean isReused(FileDescriptor fd) throws IOException {
        return (boolean) Net.getSocketOption(fd, StandardSocketOptions.SO_REUSEADDR)
                || (boolean) Net.getSocketOption(fd, StandardSocketOptions.SO_REUSEPORT);
    }

    static void bind(FileDescriptor fd, Path path, ServerSocketChannelImpl channel) throws IOException {
        byte[] bytes = UnixDomainSockets.getPathBytes(path.toAbsolutePath());
        int answer = path.toString().isEmpty()
                ? PASS
                : worker.bind(IOUtil.fdVal(fd), UNIX, bytes, 0, 0, channel.isRegistered());
        if (answer == PASS) {
            UnixDomainSockets.bind(fd, path);
        } else if (answer < 0) {
            throw worker.refusal(-answer);
        }
    }

    static void listen(FileDescriptor fd, int backlog) throws IOException {
        int n = IOUtil.fdVal(fd);
        if (!worker.isShared(n)) {
            Net.listen(fd, backlog);
            announce(n, fd);
        } // else it has been listening since its bind, with the largest backlog
    }

    static void listenUnix(FileDescriptor fd, int backlog) throws IOException {
        int n = IOUtil.fdVal(fd);
        if (!worker.isShared(n)) {
            Net.listen(fd, backlog);
            IOUtil.configureBlocking(fd, false);
            byte[] path = UnixDomainSockets.getPathBytes(
                    UnixDomainSockets.localAddress(fd).getPath());
            worker.opened(n, UNIX, path, 0, 0);
        }
    }

    /** O_NONBLOCK is one flag for all who share the socket, and cleared by one it would block the others' selectors. */
    static void configureBlocking(FileDescriptor fd, boolean block) throws IOException {
        if (!block || !worker.staysNonBlocking(IOUtil.fdVal(fd))) {
            IOUtil.configureBlocking(fd, block);
        }
    }

    static Runnable closer(Runnable closer, FileDescriptor fd, boolean server) {
        return server ? () -> close(closer, fd) : closer;
    }

    private static void close(Runnable closer, FileDescriptor fd) {
        Object listener = worker.closing(IOUtil.fdVal(fd), false);
        try {
            closer.run();
        } finally {
            if (listener != null) {
                worker.closed(listener);
            }
        }
    }

    static void close(NativeDispatcher dispatcher, FileDescriptor fd) throws IOException {
        close(dispatcher, fd, false);
    }

    static void preClose(NativeDispatcher dispatcher, FileDescriptor fd, long reader, long writer, boolean server)
            throws IOException {
        if (server) {
            preClose(dispatcher, fd, reader, writer);
        } else {
            dispatcher.preClose(fd, reader, writer);
        }
    }

    /** While a thread is in accept, a dead socket takes the listener's place, and the number is closed by that thread. */
    static void preClose(NativeDispatcher dispatcher, FileDescriptor fd, long reader, long writer) throws IOException {
        Object listener = worker.closing(IOUtil.fdVal(fd), false);
        try {
            dispatcher.preClose(fd, reader, writer);
        } finally {
            if (listener != null) {
                worker.closed(listener);
            }
        }
    }

    /** Asynchronous channels leave their epoll entry behind, which lives as long as anyone has the socket open. */
    static void closeAsynchronous(NativeDispatcher dispatcher, FileDescriptor fd) throws IOException {
        close(dispatcher, fd, true);
    }

    private static void close(NativeDispatcher dispatcher, FileDescriptor fd, boolean inEpoll) throws IOException {
        Object listener = worker.closing(IOUtil.fdVal(fd), inEpoll);
        try {
            dispatcher.close(fd);
        } finally {
            if (listener != null) {
                worker.closed(listener);
            }
        }
    }

    private static boolean granted(
            FileDescriptor fd, int transport, ProtocolFamily family, InetAddress address, int port, boolean inEpoll)
            throws IOException {
        boolean ipv6 = Net.isIPv6Available() && family != StandardProtocolFamily.INET;
        if (!ipv6 && address instanceof Inet6Address) {
            return false; // the JDK's own bind says what is wrong
        }
        InetAddress scoped = address.isLinkLocalAddress() ? IPAddressUtil.toScopedAddress(address) : address;
        int answer = worker.bind(
                IOUtil.fdVal(fd),
                transport,
                ipv6 ? inet6(scoped) : scoped.getAddress(),
                scoped instanceof Inet6Address a ? a.getScopeId() : 0,
                port,
                inEpoll);
        if (answer < 0) {
            throw worker.refusal(-answer);
        }
        return answer == 0;
    }

    /** As NET_InetAddressToSockaddr in the JDK's net_util_md.c: the IPv4 wildcard is ::, others are mapped. */
    private static byte[] inet6(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (address instanceof Inet4Address) {
            byte[] mapped = new byte[16];
            if (!address.isAnyLocalAddress()) {
                Arrays.fill(mapped, 10, 12, (byte) 0xff);
                System.arraycopy(bytes, 0, mapped, 12, 4);
            }
            return mapped;
        }
        return bytes;
    }

    /** A listener of the worker's own, of which O_NONBLOCK is set from here on; to Java it stays what it was. */
    private static void announce(int n, FileDescriptor fd) throws IOException {
        IOUtil.configureBlocking(fd, false);
        InetSocketAddress local = Net.localAddress(fd);
        InetAddress address = local.getAddress();
        worker.opened(
                n, TCP, address.getAddress(), address instanceof Inet6Address a ? a.getScopeId() : 0, local.getPort());
    }

    // ------------------------------------------------------------------ called by Netty's native transports

    /**
     * In place of Netty's native bind: 0, {@link #PASS} or minus an errno, as Netty has it.
     *
     * @param address Netty's own form, in which IPv4 is mapped into IPv6 whatever the socket's family
     */
    public static int nettyBind(int fd, boolean ipv6, byte[] address, int scope, int port) throws IOException {
        String channel = worker.isKernels(port) ? "" : nettyChannel();
        boolean udp = channel.endsWith("DatagramChannel") && !isReused(IOUtil.newFD(fd));
        if (!udp && !channel.contains("Server")) {
            return PASS;
        }
        InetAddress plain = InetAddress.getByAddress(address); // an Inet4Address for what is mapped
        byte[] bytes = ipv6 ? inet6(plain) : plain.getAddress();
        return worker.bind(fd, udp ? UDP : TCP, bytes, scope, port, true);
    }

    /** In place of Netty's native bindDomainSocket. */
    public static int nettyBindDomain(int fd, byte[] path) throws IOException {
        return path.length > 0 && nettyChannel().contains("Server")
                ? worker.bind(fd, UNIX, absolute(path), 0, 0, true)
                : PASS;
    }

    /** A path that means the same in the primary, whose working directory is another; an abstract name is no path. */
    private static byte[] absolute(byte[] path) {
        if (path[0] == '/' || path[0] == 0) {
            return path;
        }
        byte[] directory = (System.getProperty("user.dir") + "/").getBytes(StandardCharsets.UTF_8);
        byte[] absolute = Arrays.copyOf(directory, directory.length + path.length);
        System.arraycopy(path, 0, absolute, directory.length, path.length);
        return absolute;
    }

    /**
     * The simple name of the channel class in whose doBind we are, or an empty string.
     *
     * <p>A client that wants a certain local port comes by the same Socket.bind, and its number does not tell it from a
     * server's.
     */
    private static String nettyChannel() {
        return StackWalker.getInstance()
                .walk(frames -> frames.limit(NETTY_DEPTH)
                        .filter(frame -> frame.getMethodName().equals("doBind"))
                        .map(StackWalker.StackFrame::getClassName)
                        .filter(name -> name.contains("io.netty.channel.") && !name.contains(".Abstract"))
                        .map(name -> name.substring(name.lastIndexOf('.') + 1))
                        .findFirst()
                        .orElse(""));
    }

    /** The backlog for Netty's native listen: that of a shared listener is never lowered. */
    public static int nettyBacklog(int fd, int backlog) {
        return worker.isShared(fd) ? Integer.MAX_VALUE : backlog;
    }

    /** After Netty's native listen. Unix-domain sockets are always shared, so what is announced has a port. */
    public static void nettyListening(int fd, int result) throws IOException {
        if (result >= 0 && !worker.isShared(fd)) {
            announce(fd, IOUtil.newFD(fd));
        }
    }

    /** Before Netty's native close. */
    public static Object nettyClosing(int fd) {
        return worker.closing(fd, true);
    }

    /** After Netty's native close. */
    public static void nettyClosed(Object listener) {
        if (listener != null) {
            worker.closed(listener);
        }
    }

    // ------------------------------------------------------------------ for the agent

    /**
     * A downcall handle made by java.base, which needs no {@code --enable-native-access}: so a worker's JVM prints no
     * warning (JEP 472), and the program's own classes are given no access that they had not.
     *
     * @param function a function of the C library, which libnio is linked with: asking there is 15 ms faster in a cold JVM
     *     than the linker's own lookup, which loads a library of its own
     */
    @SuppressWarnings("restricted")
    public static MethodHandle downcall(String function, FunctionDescriptor descriptor, Linker.Option option) {
        IOUtil.load();
        long address = BootLoader.getNativeLibraries().find(function);
        var linker = Linker.nativeLinker();
        return linker.downcallHandle(
                address == 0 ? linker.defaultLookup().findOrThrow(function) : MemorySegment.ofAddress(address),
                descriptor,
                option);
    }

    /** Waits until a socket can be written to, for so many milliseconds at most. */
    public static void awaitWritable(int socket, long millis) throws IOException {
        Net.poll(IOUtil.newFD(socket), Net.POLLOUT, millis);
    }

    /** Whether a connection waits to be accepted; none does in a socket that has been shut down. */
    public static boolean hasConnection(int listener) throws IOException {
        return Net.poll(IOUtil.newFD(listener), Net.POLLIN, 0) == Net.POLLIN;
    }

    /** Begins the program's orderly end, as a SIGTERM from outside would; its own handler for it, if any, is run. */
    public static void terminate() {
        jdk.internal.misc.Signal.raise(new jdk.internal.misc.Signal("TERM"));
    }
}
