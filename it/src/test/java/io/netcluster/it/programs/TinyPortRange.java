package io.netcluster.it.programs;

import io.netcluster.LeaseOptions;
import io.netcluster.PortLease;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardSocketOptions;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;

/**
 * Leases where the kernel has the ports 50000 to 50005 to give, of which 50002 and 50003 are
 * reserved; prints what comes of each
 * attempt. To be run in a network namespace of its own that has these settings.
 */
public final class TinyPortRange {
    private static final LeaseOptions DEFAULTS = LeaseOptions.defaults();
    private static final List<String> ADDRESSES = List.of("127.0.0.1", "0.0.0.0", "::1", "::");

    private TinyPortRange() {}

    public static void main(String[] arguments) throws Exception {
        var leases = new ArrayList<PortLease>();
        for (int i = 1; i <= 4; i++) {
            leases.add(PortLease.take());
        }
        System.out.println(
                "leased " + leases.stream().map(PortLease::port).sorted().toList());
        System.out.println("one more: " + outcome(PortLease::take));
        for (var address : ADDRESSES) {
            for (int options = 0; options < 4; options++) {
                boolean reuseAddress = (options & 1) != 0;
                boolean reusePort = (options & 2) != 0;
                System.out.println(
                        "tcp port 0 on " + address + ": " + outcome(() -> portZero(address, reuseAddress, reusePort)));
            }
            System.out.println("udp port 0 on " + address + ": "
                    + outcome(() -> new DatagramSocket(0, InetAddress.getByName(address)).isBound()));
        }
        try (var server = new ServerSocket(8000)) {
            System.out.println("connect: "
                    + outcome(() ->
                            SocketChannel.open(server.getLocalSocketAddress()).isConnected()));
        }

        var udp = DEFAULTS.udp();
        try (var outside = PortLease.take(udp)) {
            System.out.println("udp lease is outside: " + (outside.port() < 50_000 || outside.port() > 50_005));
        }
        leases.removeLast().close();
        System.out.println("one let go: " + outcome(() -> leases.add(PortLease.take())));
        System.out.println("two in a row: " + outcome(() -> PortLease.take(DEFAULTS.count(2))));
        System.out.println("two of four: "
                + outcome(() -> PortLease.take(DEFAULTS.range(50_003, 50_005).count(2))));
        System.out.println("for udp: " + outcome(() -> PortLease.take(udp.range(50_004, 50_004))));
        System.out.println("reserved, by its number: "
                + outcome(() -> PortLease.take(DEFAULTS.range(50_002, 50_002)).port()));
        System.out.println("by 16 at once: " + atOnce());
    }

    /** By 16 threads, 4 times each, which never get one number twice, and together get all of a range of 20. */
    private static String atOnce() throws Exception {
        var attempts = new ArrayList<Callable<PortLease>>();
        for (int i = 0; i < 64; i++) {
            attempts.add(() -> PortLease.take(DEFAULTS.range(20_001, 20_020)));
        }
        var ports = new ArrayList<Integer>();
        int refused = 0;
        try (var threads = Executors.newFixedThreadPool(16)) {
            for (var attempt : threads.invokeAll(attempts)) {
                switch (attempt.state()) {
                    case SUCCESS -> ports.add(attempt.resultNow().port());
                    default -> refused++;
                }
            }
        }
        return ports.size() + " leases of " + ports.stream().distinct().count() + " ports, " + refused + " refused";
    }

    private static boolean portZero(String address, boolean reuseAddress, boolean reusePort) throws IOException {
        var channel = ServerSocketChannel.open();
        set(channel, reuseAddress, reusePort);
        return channel.bind(new InetSocketAddress(address, 0)).isOpen();
    }

    private static void set(NetworkChannel channel, boolean reuseAddress, boolean reusePort) throws IOException {
        channel.setOption(StandardSocketOptions.SO_REUSEADDR, reuseAddress);
        channel.setOption(StandardSocketOptions.SO_REUSEPORT, reusePort);
    }

    private static String outcome(Callable<?> attempt) throws Exception {
        try {
            return String.valueOf(attempt.call());
        } catch (BindException | java.net.NoRouteToHostException e) {
            return e.getMessage();
        }
    }
}
