package io.netcluster.wire;

import io.netcluster.sys.Packets;
import java.io.IOException;

/**
 * A connection as the primary has it, which waits for what it receives and for nothing else: if there is no room for what
 * is sent, that fails.
 */
public class SocketTransfer implements Transfer {
    private final int fd;

    /** Over a connected socket, which stays the caller's. */
    public SocketTransfer(int fd) {
        this.fd = fd;
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
        Packets.send(fd, bytes);
    }

    @Override
    public void sendDescriptor(int passed) throws IOException {
        Packets.sendDescriptor(fd, passed);
    }
}
