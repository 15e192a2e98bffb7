package io.netcluster;

import java.net.SocketAddress;

/**
 * An address that a worker listens on.
 *
 * @param address where, as the kernel has it: an {@link java.net.InetSocketAddress} with the real port, or a {@link
 *     java.net.UnixDomainSocketAddress}
 * @param transport the kind of socket
 * @param shared whether all workers that ask for it get it; otherwise it is this worker's own: a port 0, an exclusive
 *     one, or one of several that its program bound with SO_REUSEPORT
 */
public record Listener(SocketAddress address, Transport transport, boolean shared) {
    /** The kind of socket. */
    public enum Transport {
        /** A server of connections over IPv4 or IPv6. */
        TCP,
        /** A datagram socket over IPv4 or IPv6. */
        UDP,
        /** A server of connections in the Unix domain. */
        UNIX
    }
}
