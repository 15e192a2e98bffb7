package io.netcluster.worker;

import io.netcluster.sys.Descriptors;
import io.netcluster.sys.Errno;
import io.netcluster.sys.ErrnoException;
import io.netcluster.sys.PortRange;
import io.netcluster.sys.RangeBind;
import io.netcluster.sys.Sockets;
import io.netcluster.wire.Address;
import io.netcluster.wire.Frames;
import io.netcluster.wire.Frames.Received;
import io.netcluster.wire.Message.Close;
import io.netcluster.wire.Message.Granted;
import io.netcluster.wire.Message.Listen;
import io.netcluster.wire.Message.Refused;
import io.netcluster.wire.PortPolicy;
import java.io.IOException;
import java.net.BindException;
import java.net.SocketException;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.ClusterSockets;

/** Decides for each bind of a server whether it is the cluster's or the worker's own, and does the cluster's. */
final class BindHook extends ClusterSockets {
    private final Identity identity;
    private final Link link;
    private final Listeners listeners;
    private final PortZero portZero;
    private final Set<Integer> exclusive = ConcurrentHashMap.newKeySet();

    BindHook(Identity identity, Link link, Listeners listeners) {
        this.identity = identity;
        this.link = link;
        this.listeners = listeners;
        this.portZero = new PortZero(identity.port0());
    }

    /** Makes a port this worker's own from now on. Any thread. */
    void exclusive(int port) {
        exclusive.add(port);
    }

    @Override
    protected int bind(int fd, int transport, byte[] address, int scope, int port, boolean inEpoll) throws IOException {
        if (transport == UNIX && address.length > Sockets.MAX_UNIX_PATH) {
            return PASS;
        }
        var policy = PortPolicy.UNIQUE;
        if (transport != UNIX && port == 0) {
            policy = portZero.policy(transport == TCP, address);
            if (policy.kind() == PortPolicy.Kind.UNIQUE) {
                return transport == TCP && identity.range() != null
                        ? bindWithin(identity.range(), fd, address, scope)
                        : PASS;
            }
        } else if (transport != UNIX && isOwn(port)) {
            return transport == UDP ? bindOwn(fd, address, scope, port) : PASS;
        }
        return bindShared(
                fd, new Address(Address.Transport.of(transport), address.clone(), scope, port), policy, inEpoll);
    }

    private int bindShared(int fd, Address wanted, PortPolicy policy, boolean inEpoll) throws IOException {
        long grant = link.newGrant();
        var answer = ask(new Listen(grant, wanted, policy), fd, inEpoll);
        if (!(answer.message() instanceof Granted granted)) {
            int errno = answer.message() instanceof Refused refused ? refused.errno() : Errno.EINVAL.number();
            explain(errno, wanted, policy);
            return -errno;
        }
        try {
            if (answer.descriptor().isPresent()) {
                replace(answer.descriptor().getAsInt(), fd, inEpoll);
            }
            var bound = wanted.transport() == Address.Transport.UNIX ? wanted : wanted.at(Sockets.localPort(fd));
            listeners.add(new Listener(fd, grant, bound, new Share(wanted, policy, granted.number())));
        } catch (IOException e) {
            link.tellLater(new Close(grant));
            throw e;
        } finally {
            link.handBack().arrived();
        }
        return 0;
    }

    /** Asks for an address; the next primary, if this one dies before it has answered. */
    private Received ask(Listen listen, int fd, boolean inEpoll) throws BindException {
        while (true) {
            try {
                return link.ask(listen, listen.grant(), OptionalInt.of(fd));
            } catch (BindException e) {
                // the primary may yet bind the socket that it was offered: the program must not be left with that one
                renew(fd, inEpoll, e);
                if (!(e instanceof LostLinkException) || e.getSuppressed().length > 0) {
                    throw e;
                }
            }
        }
    }

    /** Of an address that is taken the kernel's text says enough, of a port that could be any it does not. */
    private void explain(int errno, Address wanted, PortPolicy policy) throws BindException {
        if (wanted.port() != 0 || wanted.transport() == Address.Transport.UNIX || errno != Errno.EADDRINUSE.number()) {
            return;
        }
        if (policy.kind() == PortPolicy.Kind.SHARED) {
            throw new BindException(Errno.text(errno) + ": this worker listens on " + wanted + " (" + policy
                    + ") already, or the port that others share by this name is taken, or none is free");
        }
        if (identity.range() != null) {
            throw exhausted(identity.range());
        }
    }

    private static BindException exhausted(PortRange range) {
        return new BindException(Errno.text(Errno.EADDRINUSE.number()) + ": none of the " + range.size() + " ports of "
                + range + " is free, all were tried");
    }

    private int bindWithin(PortRange range, int fd, byte[] address, int scope) throws IOException {
        try {
            RangeBind.bind(fd, address, scope, range);
            return 0;
        } catch (ErrnoException e) {
            if (e.is(Errno.EADDRINUSE)) {
                throw exhausted(range);
            }
            return -e.errno();
        }
    }

    @Override
    protected boolean isKernels(int port) {
        return port == 0 && identity.range() == null && portZero.isKernels();
    }

    /** What decides about port 0. */
    PortZero portZero() {
        return portZero;
    }

    /** As the caller would; but a datagram socket does not listen later, which is when others are announced. */
    private int bindOwn(int fd, byte[] address, int scope, int port) {
        try {
            Sockets.bindInet(fd, address, scope, port);
        } catch (ErrnoException e) {
            return -e.errno();
        }
        opened(fd, UDP, address.clone(), scope, port);
        return 0;
    }

    private static void renew(int fd, boolean inEpoll, BindException why) {
        try {
            replace(Sockets.unboundLike(fd), fd, inEpoll);
        } catch (IOException e) {
            why.addSuppressed(e);
        }
    }

    private boolean isOwn(int port) {
        for (var range : identity.own()) {
            if (range.contains(port)) {
                return true;
            }
        }
        return exclusive.contains(port);
    }

    /** Puts another socket, which is used up, behind a number. */
    private static void replace(int socket, int fd, boolean inEpoll) throws IOException {
        try {
            if (inEpoll) {
                Descriptors.replaceInEpoll(socket, fd);
            } else {
                Descriptors.replace(socket, fd);
            }
        } finally {
            Descriptors.close(socket);
        }
    }

    @Override
    protected IOException refusal(int errno) {
        var text = Errno.text(errno);
        // as handleSocketError in the JDK's Net.c
        return switch (errno) {
            case 98, 99, 13 -> new BindException(text); // EADDRINUSE, EADDRNOTAVAIL, EACCES
            default -> new SocketException(text);
        };
    }

    @Override
    protected boolean isShared(int fd) {
        var listener = listeners.at(fd);
        return listener != null && listener.shared();
    }

    @Override
    protected boolean staysNonBlocking(int fd) {
        var listener = listeners.at(fd);
        return listener != null && (listener.shared() || listener.isStream());
    }

    @Override
    protected void opened(int fd, int transport, byte[] address, int scope, int port) {
        long grant = link.newGrant();
        var bound = new Address(Address.Transport.of(transport), address, scope, port);
        listeners.add(new Listener(fd, grant, bound, null));
        link.announcements().opened(grant, bound);
    }

    @Override
    protected @Nullable Object closing(int fd, boolean inEpoll) {
        var listener = listeners.remove(fd);
        if (listener != null && listener.shared() && inEpoll) {
            try {
                for (var interest : Descriptors.interests(fd)) {
                    Descriptors.forget(interest, fd);
                }
            } catch (IOException e) {
                // what stays behind is one entry in an epoll set, which its owner takes for a spurious wake-up
            }
        }
        return listener;
    }

    @Override
    protected void closed(Object closed) {
        var listener = (Listener) closed;
        if (!listener.shared()) {
            link.announcements().closed(listener.grant());
            return;
        }
        try {
            if (link.isDown()) {
                link.tellLater(new Close(listener.grant())); // the next primary may not have heard of it at all
                return;
            }
            // when close returns and this was the last to have it, the port is free
            var _ = link.ask(new Close(listener.grant()), listener.grant(), Frames.NONE);
        } catch (IOException e) {
            // the socket is closed; a primary that cannot be told is gone, and the link's thread acts on it
        }
    }
}
