package io.netcluster.wire;

import java.io.IOException;
import java.nio.ByteBuffer;

/** What a peer has sent before it went; descriptors are numbers that nothing is open under. */
record Recorded(ByteBuffer bytes) implements Transfer {
    static final int DESCRIPTOR = Integer.MAX_VALUE;

    /** The peer went in the middle of a frame. */
    static final class CutOff extends IOException {
        private static final long serialVersionUID = 1;
    }

    @Override
    public boolean receive(byte[] into) throws IOException {
        if (!bytes.hasRemaining()) {
            return false;
        }
        if (bytes.remaining() < into.length) {
            throw new CutOff();
        }
        bytes.get(into);
        return true;
    }

    @Override
    public int receiveDescriptor() throws IOException {
        if (!receive(new byte[1])) {
            throw new CutOff();
        }
        return DESCRIPTOR;
    }

    @Override
    public void send(byte[] from) {
        throw new AssertionError("nobody answers");
    }

    @Override
    public void sendDescriptor(int fd) {
        throw new AssertionError("nobody answers");
    }
}
