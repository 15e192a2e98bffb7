package io.netcluster.worker;

import io.netcluster.sys.Packets;
import io.netcluster.wire.Transfer;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import sun.nio.ch.ClusterSockets;

/**
 * The worker's end of the link's connection: the JDK's own channel, and a system call where a descriptor is passed.
 *
 * <p>The channel is non-blocking, and waits are polls: so every write is bounded, and a thread of the program that is
 * interrupted in a bind does not close the link, as it would close a blocking channel.
 */
final class LinkTransfer implements Transfer {
    private final SocketChannel channel;
    private final Duration timeout;

    private LinkTransfer(SocketChannel channel, Duration timeout) {
        this.channel = channel;
        this.timeout = timeout;
    }

    static LinkTransfer dial(Path path, Duration timeout) throws IOException {
        var channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
        channel.configureBlocking(false);
        return new LinkTransfer(channel, timeout);
    }

    @Override
    public boolean receive(byte[] bytes) throws IOException {
        var buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            int n = channel.read(buffer);
            if (n < 0) {
                return false;
            }
            if (n == 0) {
                ClusterSockets.awaitReadable(channel, -1);
            }
        }
        return true;
    }

    @Override
    public int receiveDescriptor() throws IOException {
        ClusterSockets.awaitReadable(channel, timeout.toMillis());
        return Packets.receiveDescriptor(ClusterSockets.number(channel));
    }

    @Override
    public void send(byte[] bytes) throws IOException {
        long deadline = System.nanoTime() + timeout.toNanos();
        var buffer = ByteBuffer.wrap(bytes);
        while (channel.write(buffer) >= 0 && buffer.hasRemaining()) {
            awaitWritable(deadline);
        }
    }

    @Override
    public void sendDescriptor(int fd) throws IOException {
        awaitWritable(System.nanoTime() + timeout.toNanos());
        Packets.sendDescriptor(ClusterSockets.number(channel), fd);
    }

    private void awaitWritable(long deadline) throws IOException {
        long millis = (deadline - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
            channel.close(); // half a frame may have been written: nothing can follow it
            throw new SocketTimeoutException("the primary does not read");
        }
        ClusterSockets.awaitWritable(channel, millis);
    }
}
