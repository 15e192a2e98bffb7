package io.netcluster.sys;

/**
 * A socket that takes another's place behind a number, until that is closed: who begins to wait there meanwhile waits,
 * and is woken by the close, as if the place had not been taken.
 *
 * @param fd like the other, one to read from, to accept from or to receive from, on which nothing ever comes
 * @param kept whether it is kept for the next
 */
record StandIn(int fd, boolean kept) implements AutoCloseable {
    private static final int NONE = -1;
    private static final int[] CONNECTED = {NONE, NONE}; // that blocks, and that does not; made once, never closed

    /**
     * For a connected stream socket, the same for all of them: what the JDK does to it when it closes, to shut down its
     * output, changes nothing for the others.
     */
    static StandIn connected(boolean nonBlocking) throws ErrnoException {
        synchronized (CONNECTED) {
            int mode = nonBlocking ? 1 : 0;
            if (CONNECTED[mode] == NONE) {
                CONNECTED[mode] = makeConnected(nonBlocking);
            }
            return new StandIn(CONNECTED[mode], true);
        }
    }

    /** The far end stays open: a read is to wait. */
    private static int makeConnected(boolean nonBlocking) throws ErrnoException {
        var pair = Sockets.pair();
        Sockets.shutdownInput(pair.other()); // a write must not seem to succeed
        if (nonBlocking) {
            Descriptors.setNonBlocking(pair.one());
        }
        return pair.one();
    }

    /** For a listening stream socket: a Unix-domain one, whatever it stands for, so that it takes no port. */
    static StandIn listening(boolean nonBlocking) throws ErrnoException {
        var standIn = new StandIn(Sockets.unixStream(), false);
        try {
            Sockets.bindUnixAnywhere(standIn.fd);
            Sockets.listen(standIn.fd);
            if (nonBlocking) {
                Descriptors.setNonBlocking(standIn.fd);
            }
            return standIn;
        } catch (ErrnoException e) {
            standIn.close();
            throw e;
        }
    }

    /** For a datagram socket: one of its family. */
    static StandIn datagrams(int fd, boolean nonBlocking) throws ErrnoException {
        var standIn = new StandIn(Sockets.like(fd), false);
        if (nonBlocking) {
            Descriptors.setNonBlocking(standIn.fd);
        }
        return standIn;
    }

    @Override
    public void close() {
        if (!kept) {
            Descriptors.close(fd);
        }
    }
}
