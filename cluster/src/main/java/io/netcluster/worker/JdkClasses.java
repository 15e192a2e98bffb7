package io.netcluster.worker;

import java.net.SocketImpl;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;

/** Which classes of the JDK are woven; what is done to them is in {@link JdkSites}, which is not loaded before one is. */
final class JdkClasses {
    private JdkClasses() {}

    /** Whether a class of the boot loader, by internal name, has calls to be replaced. */
    static boolean isWoven(String name) {
        return switch (name) {
            case "sun/nio/ch/NioSocketImpl",
                    "sun/nio/ch/ServerSocketChannelImpl",
                    "sun/nio/ch/AsynchronousServerSocketChannelImpl",
                    "sun/nio/ch/UnixAsynchronousServerSocketChannelImpl",
                    "sun/nio/ch/DatagramChannelImpl" -> true;
            default -> false;
        };
    }

    /** As {@link #isWoven(String)}; of most classes the name, which takes time to be made, need not be looked at. */
    static boolean isWoven(Class<?> loaded) {
        var parent = loaded.getSuperclass();
        return (parent == SocketImpl.class
                        || parent == ServerSocketChannel.class
                        || parent == DatagramChannel.class
                        || parent == AsynchronousServerSocketChannel.class
                        || (parent != null && parent.getSuperclass() == AsynchronousServerSocketChannel.class))
                && isWoven(loaded.getName().replace('.', '/'));
    }
}
