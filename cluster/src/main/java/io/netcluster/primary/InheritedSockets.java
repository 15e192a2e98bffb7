package io.netcluster.primary;

import io.netcluster.sys.BoundSocket;
import io.netcluster.sys.Descriptors;
import io.netcluster.sys.ErrnoException;
import io.netcluster.sys.Sockets;
import io.netcluster.wire.Address;
import io.netcluster.wire.Address.Transport;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The sockets that the service manager passes to this process (sd_listen_fds(3)).
 *
 * @param opened those it has opened itself
 * @param stored those that a primary before this one has stored with it
 */
record InheritedSockets(List<Inherited> opened, List<Stored> stored) {
    /** What the environment says of them, and of the service manager: to this process, and to no worker. */
    static final List<String> VARIABLES = List.of(
            "LISTEN_PID",
            "LISTEN_PIDFDID",
            "LISTEN_FDS",
            "LISTEN_FDNAMES",
            "NOTIFY_SOCKET",
            "WATCHDOG_USEC",
            "WATCHDOG_PID");

    private static final int FIRST = 3; // SD_LISTEN_FDS_START
    private static final int MOST = 10_000;

    /**
     * One of them.
     *
     * @param fd the socket, which does not block; whoever takes it owns it
     * @param name how the manager calls it
     * @param address where it is bound
     * @param socket what it is
     */
    record Inherited(int fd, String name, Address address, BoundSocket socket) {}

    /** One that has come back, and its name. */
    record Stored(int fd, String name) {}

    /**
     * Takes them.
     *
     * @throws CannotStartException if one is nothing that a server could listen on
     */
    static InheritedSockets take(Map<String, String> environment) throws CannotStartException {
        var pid = environment.getOrDefault("LISTEN_PID", "");
        if (!pid.equals(String.valueOf(ProcessHandle.current().pid()))) {
            return new InheritedSockets(List.of(), List.of()); // there are none, or they are another process's
        }
        int count = count(environment.getOrDefault("LISTEN_FDS", "0"));
        var names = environment.getOrDefault("LISTEN_FDNAMES", "").split(":", -1);
        var opened = new ArrayList<Inherited>();
        var stored = new ArrayList<Stored>();
        for (int i = 0; i < count; i++) {
            var name = i < names.length && !names[i].isEmpty() ? names[i] : "unknown";
            if (StoredListeners.isName(name)) {
                stored.add(new Stored(FIRST + i, name));
            } else {
                opened.add(inherited(FIRST + i, name));
            }
        }
        return new InheritedSockets(opened, stored);
    }

    /** Has the cluster listen on them; they are the table's from now on. */
    void listen(ListenerTable table, StoredListeners store, Consumer<String> say) {
        for (var socket : opened) {
            table.activate(socket);
            say.accept("the service manager has opened " + socket.address() + " ("
                    + socket.address().transport() + ", " + socket.name() + ")");
        }
        stored.forEach(socket -> store.takeBack(socket.name(), socket.fd(), table, say));
    }

    private static int count(String text) throws CannotStartException {
        try {
            int count = Integer.parseInt(text);
            if (count >= 0 && count <= MOST) {
                return count;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new CannotStartException("LISTEN_FDS is to be a number of sockets, and not '" + text + "'");
    }

    private static Inherited inherited(int fd, String name) throws CannotStartException {
        var what = "descriptor " + fd + ", which the service manager calls '" + name + "',";
        try {
            var socket = BoundSocket.of(fd);
            boolean unix = socket.domain() == Sockets.AF_UNIX;
            boolean inet = socket.domain() == Sockets.AF_INET || socket.domain() == Sockets.AF_INET6;
            var wrong = !unix && !inet
                    ? "is a socket of address family " + socket.domain()
                    : switch (socket.kind()) {
                        case LISTENING -> "";
                        case STREAM -> "is a stream socket that does not listen (Accept=yes in the .socket unit?)";
                        case DATAGRAM -> unix ? "is a Unix-domain datagram socket, which Java has not" : "";
                        case OTHER -> "is neither a stream nor a datagram socket";
                    };
            if (wrong.isEmpty() && (unix ? socket.address().length == 0 : socket.port() == 0)) {
                wrong = "is bound to nothing";
            }
            if (!wrong.isEmpty()) {
                throw new CannotStartException(what + " " + wrong + "; a .socket unit of netcluster's has"
                        + " ListenStream= and ListenDatagram= with a port, or ListenStream= with a path");
            }
            Descriptors.setNonBlocking(fd);
            Descriptors.closeOnExec(fd);
            var transport =
                    unix ? Transport.UNIX : socket.kind() == BoundSocket.Kind.DATAGRAM ? Transport.UDP : Transport.TCP;
            return new Inherited(
                    fd, name, new Address(transport, socket.address(), socket.scope(), socket.port()), socket);
        } catch (ErrnoException e) {
            throw new CannotStartException(what + " cannot be listened on: " + e.getMessage());
        }
    }
}
