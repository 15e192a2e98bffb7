package io.netcluster.primary;

import io.netcluster.sys.Descriptors;
import io.netcluster.sys.Sockets;
import io.netcluster.wire.Frames;
import io.netcluster.wire.Message;
import io.netcluster.wire.SocketTransfer;
import java.io.IOException;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A link as the primary sees it: the connection a worker has dialed. */
final class WorkerLink {
    private final int fd;
    private final Sockets.Peer peer;
    private final Frames frames;
    private final CountDownLatch heard = new CountDownLatch(1);
    private boolean closed;

    /** Over a connection, which is this link's from now on. */
    WorkerLink(int fd, Sockets.Peer peer) {
        this.fd = fd;
        this.peer = peer;
        this.frames = new Frames(new SocketTransfer(fd));
    }

    /** The connection, which stays this link's. */
    int fd() {
        return fd;
    }

    Sockets.Peer peer() {
        return peer;
    }

    Frames frames() {
        return frames;
    }

    /** Sends without waiting: a worker that does not read its answers loses its link, and holds up nobody. */
    synchronized void answer(Message message, OptionalInt descriptor) {
        try {
            if (!closed) {
                frames.send(message, descriptor);
            }
        } catch (IOException e) {
            hangUp(); // whoever reads the link sees its end and reports it
        }
    }

    /** Ends the connection; its reader gets what has been sent before (unix(7)), then sees the end and closes it. */
    synchronized void hangUp() {
        if (!closed) {
            Sockets.shutdown(fd);
        }
    }

    /** Closes the descriptor; the reader's part. */
    synchronized void close() {
        if (!closed) {
            closed = true;
            Descriptors.close(fd);
        }
    }

    /** All that it brings has been handed on; the reader's part. */
    void heard() {
        heard.countDown();
    }

    /** Waits until all that it brings has been handed on, for a bounded time. */
    void awaitHeard(Duration within) throws InterruptedException {
        var _ = heard.await(within.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** A peer must say who it is within so many seconds; 0 takes the limit away. */
    void limitSilence(int seconds) throws IOException {
        Sockets.setReceiveTimeout(fd, seconds);
    }
}
