package io.netcluster.worker;

import io.netcluster.sys.Descriptors;
import io.netcluster.sys.PacketFilter;
import io.netcluster.sys.Sockets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/**
 * The socket in the place of a listener that was withdrawn, which nobody can connect to but this object.
 *
 * <p>The number is this object's.
 */
final class Parked {
    private static final byte[] LOOPBACK = {127, 0, 0, 1};
    private static final int MILLIS = 250; // what Tomcat gives its own attempt

    private final int fd;

    Parked(int fd) {
        this.fd = fd;
    }

    /** Nobody need be woken; the program's own number for the socket stays. */
    void close() {
        Descriptors.close(fd);
    }

    /** Ends a thread's wait for a connection, by one that is closed at once; if none waits, nobody ever sees it. */
    synchronized void wake() {
        try (var socket = new Socket()) {
            PacketFilter.EVERYTHING.attach(fd);
            socket.setSoLinger(true, 0);
            socket.connect(new InetSocketAddress(InetAddress.getByAddress(LOOPBACK), Sockets.localPort(fd)), MILLIS);
            PacketFilter.NOTHING.attach(fd);
        } catch (IOException e) {
            return; // the program waits a little longer then, as Tomcat does, and ends all the same
        }
    }
}
