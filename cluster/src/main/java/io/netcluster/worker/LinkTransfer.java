package io.netcluster.worker;

import io.netcluster.sys.Descriptors;
import io.netcluster.sys.Packets;
import io.netcluster.sys.Sockets;
import io.netcluster.wire.Transfer;
import java.io.File;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import sun.nio.ch.ClusterSockets;

/**
 * The worker's end of the link's connection, by system calls.
 *
 * <p>Not a channel of the JDK's: one for Unix-domain sockets brings in the security providers, which takes longer than
 * all the rest, and a thread of the program that is interrupted in a bind would close it.
 */
final class LinkTransfer implements Transfer {
    private final int fd;
    private final Duration timeout;
    private final Object sending = new Object();
    private boolean closed;

    private LinkTransfer(int fd, Duration timeout) {
        this.fd = fd;
        this.timeout = timeout;
    }

    /** Connects to the primary; the connection lives as long as the JVM. */
    static LinkTransfer dial(File path, Duration timeout) throws IOException {
        int fd = Sockets.unixStream();
        try {
            Sockets.connectUnix(fd, path.getPath().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            Descriptors.close(fd);
            throw e;
        }
        return new LinkTransfer(fd, timeout);
    }

    /** The process that listens at the other end, or has been. */
    long listener() {
        try {
            return Sockets.peer(fd).pid();
        } catch (IOException e) {
            throw new AssertionError(e); // every connected socket of this kind knows
        }
    }

    /** Ends the connection, whoever uses it. */
    void close() {
        Sockets.shutdown(fd); // who is waiting for room ends now
        synchronized (sending) {
            if (!closed) {
                closed = true;
                Descriptors.close(fd);
            }
        }
    }

    private void requireOpen() throws IOException {
        if (closed) {
            throw new IOException("the link has ended");
        }
    }

    /** The connection, which stays this object's. */
    int fd() {
        return fd;
    }

    @Override
    public boolean receive(byte[] bytes) throws IOException {
        return Packets.receive(fd, bytes);
    }

    @Override
    public int receiveDescriptor() throws IOException {
        return Packets.receiveDescriptor(fd);
    }

    @Override
    public void send(byte[] bytes) throws IOException {
        synchronized (sending) {
            requireOpen();
            long deadline = 0;
            for (int sent = Packets.sendSome(fd, bytes, 0); sent < bytes.length; ) {
                deadline = deadline == 0 ? System.nanoTime() + timeout.toNanos() : deadline;
                awaitWritable(deadline);
                sent += Packets.sendSome(fd, bytes, sent);
            }
        }
    }

    @Override
    public void sendDescriptor(int passed) throws IOException {
        synchronized (sending) {
            requireOpen();
            awaitWritable(System.nanoTime() + timeout.toNanos());
            try {
                Packets.sendDescriptor(fd, passed);
            } catch (IOException e) {
                Sockets.shutdown(fd); // the frame before it announced a descriptor: nothing else can follow
                throw e;
            }
        }
    }

    private void awaitWritable(long deadline) throws IOException {
        long millis = (deadline - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
            Sockets.shutdown(fd); // half a frame may have been written: nothing can follow it
            throw new SocketTimeoutException("the primary does not read");
        }
        ClusterSockets.awaitWritable(fd, millis);
    }
}
