package io.netcluster.sys;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Socket addresses in the kernel's form (ip(7), ipv6(7), unix(7)). */
final class Sockaddr {
    private Sockaddr() {}

    static byte[] inet4(byte[] address, int port) {
        return ByteBuffer.allocate(16)
                .order(ByteOrder.nativeOrder())
                .putShort((short) Sockets.AF_INET)
                .order(ByteOrder.BIG_ENDIAN)
                .putShort((short) port)
                .put(address)
                .array();
    }

    static byte[] inet6(byte[] address, int scope, int port) {
        return ByteBuffer.allocate(28)
                .order(ByteOrder.nativeOrder())
                .putShort((short) Sockets.AF_INET6)
                .order(ByteOrder.BIG_ENDIAN)
                .putShort((short) port)
                .putInt(0) // flow information
                .put(address)
                .order(ByteOrder.nativeOrder())
                .putInt(scope)
                .array();
    }

    /** No name at all. */
    static byte[] unixFamily() {
        return ByteBuffer.allocate(2)
                .order(ByteOrder.nativeOrder())
                .putShort((short) Sockets.AF_UNIX)
                .array();
    }

    /** A path ends with a NUL; an abstract name begins with one and has none at its end. */
    static byte[] unix(byte[] path) {
        int end = path.length > 0 && path[0] == 0 ? 0 : 1;
        return ByteBuffer.allocate(2 + path.length + end)
                .order(ByteOrder.nativeOrder())
                .putShort((short) Sockets.AF_UNIX)
                .put(path)
                .array();
    }
}
