package io.netcluster.it;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/**
 * A port for a test that must know its number beforehand: from outside the range that the kernel gives to others.
 *
 * <p>net.ipv4.ip_local_port_range begins at 32768, so between here and there nobody gets a port by chance; each call
 * looks at the next one. Each of the JVMs that surefire runs beside each other begins elsewhere: a port that one has
 * looked at, the other might take before it is bound.
 */
final class FreePort {
    private static int next = 10_000
            + Integer.getInteger("surefire.forkNumber", 1) % 2 * 11_000
            + (int) (ProcessHandle.current().pid() % 80) * 100;

    private FreePort() {}

    static synchronized int any() throws IOException {
        while (true) {
            int port = next++;
            try (var probe = new ServerSocket()) {
                probe.setReuseAddress(true);
                probe.bind(new InetSocketAddress(port));
                return port;
            } catch (BindException e) {
                continue; // somebody has it
            }
        }
    }
}
