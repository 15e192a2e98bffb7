package io.netcluster.primary;

import io.netcluster.sys.BoundSocket;
import io.netcluster.sys.Descriptors;
import io.netcluster.wire.Address;
import io.netcluster.wire.Address.Transport;
import java.io.IOException;
import java.util.HexFormat;
import java.util.function.Consumer;

/**
 * The service manager's store of descriptors (FDSTORE in sd_notify(3)): it has a duplicate of each listener that all
 * workers share, and passes it to the next primary, should this one and its workers be killed at once.
 *
 * <p>What a listener is called there says all that the next primary has to know. Confined to the supervisor's thread.
 */
final class StoredListeners {
    /** No unit has such a name, and so no socket that the service manager has opened, unless it is told to call it so. */
    private static final String PREFIX = "netcluster/";

    private static final int PARTS = 7;

    private final NotifySocket socket;

    /** A store that is behind a socket, or none if that does not exist. */
    StoredListeners(NotifySocket socket) {
        this.socket = socket;
    }

    /** Whether a descriptor that comes by this name has been stored by a primary. */
    static boolean isName(String name) {
        return name.startsWith(PREFIX);
    }

    /**
     * Whether it takes a listener, where it exists: those of a port 0 are nobody's in particular, SO_REUSEPORT makes several
     * alike, and the address of a datagram socket would not be free before the last duplicate is closed.
     */
    boolean takes(Listener listener) {
        var asked = listener.key().address();
        boolean isFixed =
                asked.transport() == Transport.UNIX || (asked.transport() == Transport.TCP && asked.port() != 0);
        return socket.exists()
                && isFixed
                && !listener.key().isPortZero()
                && listener.name() == null
                && !listener.reusesPort();
    }

    /** Stores it. */
    void add(Listener listener) {
        socket.send("FDSTORE=1\nFDNAME=" + name(listener.key()) + "\n", listener.fd());
    }

    /** Removes it. */
    void remove(Listener listener) {
        remove(name(listener.key()));
    }

    private void remove(String name) {
        socket.send("FDSTOREREMOVE=1\nFDNAME=" + name + "\n");
    }

    /**
     * Gives a table back what has been stored. What is of no use, as it was shut down when the primary died, is removed.
     *
     * @param fd the table's from now on
     */
    void takeBack(String name, int fd, ListenerTable table, Consumer<String> say) {
        try {
            var key = key(name);
            requireListener(fd, key);
            Descriptors.setNonBlocking(fd);
            Descriptors.closeOnExec(fd);
            table.takeBack(new Listener(key, key.address(), fd, false, null));
            say.accept("the service manager has kept " + key.address() + " ("
                    + key.address().transport() + ")");
        } catch (IOException | IllegalArgumentException e) {
            say.accept("cannot use " + name + ", which the service manager has kept: " + e.getMessage());
            remove(name);
            Descriptors.close(fd);
        }
    }

    private static void requireListener(int fd, Listener.Key key) throws IOException {
        var found = BoundSocket.of(fd);
        if (found.kind() != BoundSocket.Kind.LISTENING
                || found.domain() != key.domain()
                || found.port() != key.address().port()) {
            throw new IOException("it does not listen on " + key.address());
        }
    }

    /** At most 255 printable characters without a colon: a path has 108 bytes. */
    private static String name(Listener.Key key) {
        var address = key.address();
        return PREFIX
                + String.join(
                        "/",
                        address.transport().name(),
                        String.valueOf(key.domain()),
                        String.valueOf(key.ipv6Only()),
                        String.valueOf(address.port()),
                        String.valueOf(address.scope()),
                        HexFormat.of().formatHex(address.bytes()));
    }

    private static Listener.Key key(String name) {
        var parts = name.split("/", -1);
        if (parts.length != PARTS) {
            throw new IllegalArgumentException("another version of netcluster has called it so");
        }
        var address = new Address(
                Transport.valueOf(parts[1]),
                HexFormat.of().parseHex(parts[6]),
                Integer.parseInt(parts[5]),
                Integer.parseInt(parts[4]));
        return new Listener.Key(
                address, Integer.parseInt(parts[2]), Boolean.parseBoolean(parts[3]), Listener.PortZero.NONE);
    }
}
