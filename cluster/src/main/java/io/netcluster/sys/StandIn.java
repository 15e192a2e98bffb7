package io.netcluster.sys;

/**
 * A socket that takes another's place behind a number, until that is closed: who begins to wait there meanwhile waits,
 * and is woken by the close, as if the place had not been taken.
 *
 * @param fd like the other, one to read from, to accept from or to receive from, on which nothing ever comes
 * @param far keeps it connected, or {@link #NONE}
 */
record StandIn(int fd, int far) implements AutoCloseable {
    private static final int NONE = -1;

    /** A stand-in for a connected or listening stream socket or for a datagram socket, in its blocking mode. */
    static StandIn of(int fd) throws ErrnoException {
        var made = make(fd);
        try {
            Descriptors.copyBlocking(fd, made.fd());
            return made;
        } catch (ErrnoException e) {
            made.close();
            throw e;
        }
    }

    private static StandIn make(int fd) throws ErrnoException {
        if (Sockets.type(fd) == Sockets.SOCK_DGRAM) {
            return new StandIn(Sockets.like(fd), NONE);
        }
        if (Sockets.isListening(fd)) {
            return listener();
        }
        var pair = Sockets.pair();
        Sockets.shutdownInput(pair.other()); // a write must not seem to succeed
        return new StandIn(pair.one(), pair.other());
    }

    /** Unix-domain, whatever it stands for, so that it takes no port. */
    private static StandIn listener() throws ErrnoException {
        int listener = Sockets.unixStream();
        try {
            Sockets.bindUnixAnywhere(listener);
            Sockets.listen(listener);
            return new StandIn(listener, NONE);
        } catch (ErrnoException e) {
            Descriptors.close(listener);
            throw e;
        }
    }

    @Override
    public void close() {
        Descriptors.close(fd);
        if (far != NONE) {
            Descriptors.close(far);
        }
    }
}
