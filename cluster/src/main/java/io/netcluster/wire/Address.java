package io.netcluster.wire;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Where a listener listens.
 *
 * @param transport TCP, UDP or UNIX
 * @param bytes 4 or 16 bytes of an IP address, or the path of a Unix-domain socket; not copied, not to be changed
 * @param scope the IPv6 scope id, or 0
 * @param port the port, or 0 for a Unix-domain socket
 */
@SuppressWarnings("ArrayRecordComponent") // equals and hashCode are about the content
public record Address(Transport transport, byte[] bytes, int scope, int port) {
    /** The kind of socket. */
    public enum Transport {
        TCP(0),
        UDP(1),
        UNIX(2);

        private final int code;

        Transport(int code) {
            this.code = code;
        }

        /** What stands for it on the wire. */
        int code() {
            return code;
        }

        /**
         * The transport of a code.
         *
         * @throws IllegalArgumentException if there is none
         */
        public static Transport of(int code) {
            for (var transport : values()) {
                if (transport.code == code) {
                    return transport;
                }
            }
            throw new IllegalArgumentException("unknown transport " + code);
        }
    }

    static final int MAX_BYTES = 108; // sizeof sun_path, unix(7)

    /** Checks what would make no address. */
    public Address {
        boolean fits = transport == Transport.UNIX
                ? bytes.length > 0 && bytes.length <= MAX_BYTES
                : bytes.length == 4 || bytes.length == 16;
        if (!fits || port < 0 || port > 0xffff) {
            throw new IllegalArgumentException(
                    "no address: " + transport + " of " + bytes.length + " bytes, port " + port);
        }
    }

    /** The same, with a port. */
    public Address at(int other) {
        return new Address(transport, bytes, scope, other);
    }

    /** Whether who listens at the other address can as well listen here: one wildcard is as good as another. */
    public boolean isServedAs(Address other) {
        if (transport != other.transport || port != other.port) {
            return false;
        }
        if (transport == Transport.UNIX) {
            return Arrays.equals(bytes, other.bytes);
        }
        var here = host();
        var there = other.host();
        return here.equals(there) || (here.isAnyLocalAddress() && there.isAnyLocalAddress());
    }

    /** Whether nobody can listen here while somebody listens at the other address. */
    public boolean excludes(Address other) {
        if (transport != other.transport || port != other.port || transport == Transport.UNIX) {
            return equals(other);
        }
        var here = host();
        var there = other.host();
        return here.equals(there) || here.isAnyLocalAddress() || there.isAnyLocalAddress();
    }

    private InetAddress host() {
        try {
            return InetAddress.getByAddress(bytes); // a mapped IPv4 address becomes that IPv4 address
        } catch (UnknownHostException e) {
            throw new AssertionError(e); // the length was checked
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Address a
                && transport == a.transport
                && Arrays.equals(bytes, a.bytes)
                && scope == a.scope
                && port == a.port;
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes) * 31 + port;
    }

    /** As people write it: {@code 127.0.0.1:80}, {@code [::1]:80}, {@code *:80} for every address, or the path. */
    @Override
    public String toString() {
        if (transport == Transport.UNIX) {
            return new String(bytes, StandardCharsets.UTF_8).replace('\0', '@');
        }
        var address = host();
        var text = address.getHostAddress();
        return (address.isAnyLocalAddress() ? "*" : text.contains(":") ? "[" + text + "]" : text) + ":" + port;
    }
}
