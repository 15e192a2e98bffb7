package io.netcluster.primary;

import io.netcluster.primary.Settings.User;
import io.netcluster.sys.Descriptors;
import io.netcluster.sys.Errno;
import io.netcluster.sys.ErrnoException;
import io.netcluster.sys.Packets;
import io.netcluster.sys.Sockets;
import io.netcluster.wire.Frames;
import io.netcluster.wire.Frames.Received;
import io.netcluster.wire.Message.Attach;
import io.netcluster.wire.Message.Hello;
import io.netcluster.wire.Message.Welcome;
import io.netcluster.wire.MessageChannel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Where workers of one user dial: a socket of mode 0600 in a new directory of mode 0700.
 *
 * <p>For another user than the primary's, socket and directory belong to that user, and the directory is in one that is the
 * primary's: what root removes at the end, or gives away, is never reached by a name that somebody else can redirect.
 *
 * <p>One thread accepts, and each link has one that reads it and hands what it reads to the supervisor.
 */
final class LinkServer implements AutoCloseable {
    private static final int SILENCE_SECONDS = 5;
    /** Reading what is there takes no time; this is for a mistake that holds up a link's thread. */
    private static final Duration HEARING = Duration.ofSeconds(5);

    private static final long PAUSE_NANOS = 50_000_000;
    private static final Duration DYING = Duration.ofSeconds(2);
    private static final long LOOK_NANOS = 5_000_000;
    private static final int S_IXUSR = 0100; // inode(7)
    private static final int S_IXGRP = 0010;
    private static final int S_IXOTH = 0001;
    private static final int STRANGERS = 64; // connections at once that have not said who they are

    static final String USERS = "u"; // the directory of another user

    private final Path directory;
    private final Path socket;
    private final int fd;
    private final Receiver receiver;
    private final @Nullable User owner;
    private final boolean isNamed; // the directory is the cluster's, and stays
    private volatile boolean closed;
    private final Semaphore strangers = new Semaphore(STRANGERS);
    private final Set<WorkerLink> unheard = ConcurrentHashMap.newKeySet(); // links that may bring something yet

    /** Takes what links bring; called by the links' threads. */
    interface Receiver {
        /** A process of this user says who it is; false closes the link. Blocks until that is decided. */
        boolean greeted(WorkerLink link, Hello hello) throws InterruptedException;

        /**
         * A process of this user says that its connection is a worker's message channel; null closes it. Blocks until
         * that is decided.
         */
        @Nullable
        MessageChannel attaching(WorkerLink link, Attach attach) throws InterruptedException;

        /** A message has come; a descriptor with it is the receiver's. */
        void received(WorkerLink link, Received received) throws InterruptedException;

        /** The link has ended: null if the peer closed it, otherwise why this side does. */
        void ended(WorkerLink link, @Nullable String why) throws InterruptedException;
    }

    private LinkServer(Path directory, Path socket, int fd, Receiver receiver, @Nullable User owner, boolean isNamed) {
        this.directory = directory;
        this.socket = socket;
        this.fd = fd;
        this.receiver = receiver;
        this.owner = owner;
        this.isNamed = isNamed;
    }

    /**
     * Makes the directory and listens in it.
     *
     * @param owner who the workers run as, which takes root; null for the primary's own user
     */
    static LinkServer open(Receiver receiver, @Nullable User owner) throws IOException {
        var runtime = System.getenv("XDG_RUNTIME_DIR");
        // which is its user's alone
        var parent = Path.of(
                owner == null && runtime != null && runtime.startsWith("/") && Files.isWritable(Path.of(runtime))
                        ? runtime
                        : System.getProperty("java.io.tmpdir"));
        Leftovers.sweep(parent);
        var directory = Files.createTempDirectory(
                parent,
                "netcluster-",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        int fd = Sockets.unixStream();
        try {
            var inner = owner == null ? directory : Files.createDirectory(directory.resolve(USERS));
            var socket = listen(fd, inner);
            if (owner != null) {
                give(socket, owner);
                Files.setPosixFilePermissions(inner, PosixFilePermissions.fromString("rwx------"));
                give(inner, owner);
                Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
                checkReachable(directory, owner);
            }
            var server = new LinkServer(directory, socket, fd, receiver, owner, false);
            server.spawn("netcluster-accept", server::acceptAll);
            return server;
        } catch (IOException e) {
            Descriptors.close(fd);
            Leftovers.remove(directory);
            throw e;
        }
    }

    /**
     * Listens in the directory of a cluster that has a name, in the place of the primary before this one, which is dead.
     *
     * @throws CannotStartException if something else is in that place
     */
    static LinkServer openIn(ClusterHome home, Receiver receiver) throws IOException {
        var directory = home.runtime();
        var socket = directory.resolve("link");
        if (Files.exists(socket, LinkOption.NOFOLLOW_LINKS) && !isStaleSoon(socket)) {
            throw new CannotStartException(
                    socket + " is no socket of a primary that has died; look at it, and remove it");
        }
        Leftovers.remove(directory, "l", "netcluster.jar", "netcluster.jar.part", "woven-*");
        int fd = Sockets.unixStream();
        try {
            var server = new LinkServer(directory, listen(fd, directory), fd, receiver, null, true);
            server.spawn("netcluster-accept", server::acceptAll);
            return server;
        } catch (IOException e) {
            Descriptors.close(fd);
            throw e;
        }
    }

    /** A process that ends closes one descriptor after the other: the lock that this primary has before its link. */
    private static boolean isStaleSoon(Path socket) throws IOException {
        long deadline = System.nanoTime() + DYING.toNanos();
        var name = socket.toString().getBytes(StandardCharsets.UTF_8);
        while (!SocketFile.isStale(name)) {
            if (System.nanoTime() - deadline > 0 || !SocketFile.isSocket(socket)) {
                return false;
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        return true;
    }

    private static Path listen(int fd, Path directory) throws IOException {
        var socket = directory.resolve("link");
        if (socket.toString().getBytes(StandardCharsets.UTF_8).length > Sockets.MAX_UNIX_PATH) {
            throw new IOException("the path of a Unix-domain socket may have " + Sockets.MAX_UNIX_PATH + " bytes, and "
                    + socket + " has more; set XDG_RUNTIME_DIR to a directory with a shorter path");
        }
        // it gets its name when it listens: a socket of that name that refuses connections is a dead cluster's
        var silent = directory.resolve("l");
        Sockets.bindUnix(fd, silent.toString().getBytes(StandardCharsets.UTF_8));
        Files.setPosixFilePermissions(silent, PosixFilePermissions.fromString("rw-------"));
        Sockets.listen(fd);
        return Files.move(silent, socket, StandardCopyOption.ATOMIC_MOVE); // also over a dead one
    }

    private static void give(Path path, User owner) throws IOException {
        Files.setAttribute(path, "unix:uid", owner.uid(), LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(path, "unix:gid", owner.gid(), LinkOption.NOFOLLOW_LINKS);
    }

    static void checkReachable(Path directory, User owner) throws IOException {
        for (var path = directory.toRealPath(); path != null; path = path.getParent()) {
            int mode = (int) Files.getAttribute(path, "unix:mode");
            boolean owned = (int) Files.getAttribute(path, "unix:uid") == owner.uid();
            boolean grouped = (int) Files.getAttribute(path, "unix:gid") == owner.gid();
            int needed = owned ? S_IXUSR : grouped ? S_IXGRP : S_IXOTH;
            if (owner.uid() != 0 && (mode & needed) == 0) {
                throw new IOException("user " + owner.uid() + " cannot reach the cluster's directory " + directory
                        + ", as " + path + " is closed to it; set -Djava.io.tmpdir to a directory that it can enter");
            }
        }
    }

    /**
     * What a worker must find in its environment to dial here.
     *
     * @throws IOException if the jar for its agent cannot be made, or this is closed
     */
    synchronized Map<String, String> environment() throws IOException {
        if (closed) {
            throw new IOException("nobody listens in " + directory + " any more: the cluster has ended");
        }
        return Map.of(
                "NETCLUSTER_LINK",
                socket.toString(),
                Program.AGENT,
                AgentJar.in(directory, owner != null).toString());
    }

    /** Forgets which process claimed to be a worker that is gone. */
    void forget(long worker) {
        try {
            Files.deleteIfExists(socket.resolveSibling("claim-" + worker));
        } catch (IOException e) {
            // the directory goes at the end, with all that is in it
        }
    }

    private void spawn(String name, Runnable task) {
        var thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void acceptAll() {
        while (!closed) {
            try {
                int connection = Sockets.accept(fd);
                var link = new WorkerLink(connection, Sockets.peer(connection));
                if (link.peer().pid() == ProcessHandle.current().pid()) {
                    link.close(); // who waits in awaitAccepted learns that all before it have been accepted
                } else if (strangers.tryAcquire()) {
                    unheard.add(link);
                    spawn("netcluster-link-" + link.peer().pid(), () -> serve(link));
                } else {
                    link.close();
                }
            } catch (IOException e) {
                // no descriptors, for now; or closed, at the end of the cluster
                LockSupport.parkNanos(closed ? 0 : PAUSE_NANOS);
            }
        }
        Descriptors.close(fd);
    }

    /**
     * Waits until all that a worker has sent whose process has ended, and the end of its link, has been handed to the
     * receiver; for a bounded time. Any thread but the receiver's.
     *
     * <p>Its connections are cut, which leaves what is in them to be read: so they end even if a child of its has inherited
     * them.
     */
    void hearOut(Worker worker) throws InterruptedException {
        awaitAccepted();
        long pid = worker.pid();
        for (var link : unheard) {
            if (link.peer().pid() == pid
                    || link.peer().pid() == worker.process().pid()) {
                link.hangUp();
                link.awaitHeard(HEARING);
            }
        }
    }

    /** A listening socket is a queue: when a connection made now is accepted, all that were made before have been. */
    private void awaitAccepted() {
        try {
            int own = Sockets.unixStream();
            try {
                Sockets.setReceiveTimeout(own, SILENCE_SECONDS);
                Sockets.connectUnix(own, socket.toString().getBytes(StandardCharsets.UTF_8));
                var _ = Packets.receive(own, new byte[1]);
            } finally {
                Descriptors.close(own);
            }
        } catch (IOException e) {
            // the cluster has ended, or this process has no descriptor left, and accepts nothing either
        }
    }

    static int ownUid() throws IOException {
        return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    }

    private void serve(WorkerLink link) {
        try {
            String why = null;
            try {
                why = converse(link);
            } catch (ErrnoException e) {
                // a peer that ended before it had read everything has ended all the same
                why = e.is(Errno.ECONNRESET) ? null : e.getMessage();
            } catch (IOException e) {
                why = e.getMessage();
            }
            receiver.ended(link, why);
        } catch (InterruptedException e) {
            return; // nobody interrupts these threads
        } finally {
            isHeard(link);
            link.close();
        }
    }

    private void isHeard(WorkerLink link) {
        unheard.remove(link);
        link.heard();
    }

    private @Nullable String converse(WorkerLink link) throws IOException, InterruptedException {
        boolean greeted;
        MessageChannel channel = null;
        try {
            int user = owner == null ? ownUid() : owner.uid();
            if (link.peer().uid() != user) {
                return "it runs as user " + link.peer().uid() + ", and "
                        + (owner == null ? "this cluster is user " + user + "'s" : "its worker as user " + user);
            }
            link.limitSilence(SILENCE_SECONDS);
            var first = link.frames().receive();
            if (first == null) {
                return null;
            }
            first.descriptor().ifPresent(Descriptors::close);
            greeted = switch (first.message()) {
                case Hello hello -> receiver.greeted(link, hello);
                case Attach attach -> {
                    channel = receiver.attaching(link, attach);
                    yield channel != null;
                }
                default -> false;
            };
            link.limitSilence(0);
        } finally {
            strangers.release();
        }
        if (channel != null) {
            carry(channel, link);
            return null;
        }
        if (!greeted) {
            return "process " + link.peer().pid() + " is no worker of this cluster, or wants what it does not have";
        }
        for (var received = link.frames().receive();
                received != null;
                received = link.frames().receive()) {
            receiver.received(link, received);
        }
        return null;
    }

    /** The connection is the channel's from now on, and this thread its reader; the channel itself tells of its end. */
    private void carry(MessageChannel channel, WorkerLink link) throws IOException {
        if (channel.begin()) {
            isHeard(link);
            link.answer(new Welcome(ProcessHandle.current().pid()), Frames.NONE);
            channel.open(link.fd());
            channel.run(link.fd());
        }
    }

    private void removeNamed() {
        try {
            Leftovers.remove(directory, "link", "netcluster.jar", "woven-*", "claim-*");
        } catch (IOException e) {
            // the next primary there removes it
        }
    }

    /** Stops listening and removes the directory. Any thread; more than one may. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            Sockets.shutdown(fd); // whoever accepts sees that, and closes it
            if (isNamed) {
                removeNamed();
            } else {
                Leftovers.remove(directory);
            }
        }
    }
}
