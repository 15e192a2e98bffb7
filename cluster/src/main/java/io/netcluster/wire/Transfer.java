package io.netcluster.wire;

import java.io.IOException;

/**
 * A connection that carries a link: bytes, and now and then a descriptor.
 *
 * <p>One thread reads at a time and one writes. The primary's end never waits for a worker that does not read; the
 * worker's waits for the primary, for a bounded time.
 */
public interface Transfer {
    /**
     * Reads exactly so many bytes; blocks.
     *
     * @return false if the peer closed before the first of them
     */
    boolean receive(byte[] bytes) throws IOException;

    /** Reads the one byte that a descriptor travels with; the descriptor is the caller's. Blocks. */
    int receiveDescriptor() throws IOException;

    /** Writes all the bytes; blocks for a bounded time. */
    void send(byte[] bytes) throws IOException;

    /** Writes the one byte that a descriptor travels with; the descriptor stays the caller's. */
    void sendDescriptor(int fd) throws IOException;
}
