package io.netcluster;

import io.netcluster.sys.EphemeralPorts;
import io.netcluster.sys.PortRange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.Channel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A free port, or several, held for a program that has not bound them yet: a server that is told its port's number and
 * binds it by itself, in this process or in another, in any language.
 *
 * <pre>{@code
 * try (var lease = PortLease.take()) {
 *     var server = new ProcessBuilder("redis-server", "--port", "" + lease.port()).start();
 *     ...
 * }
 * }</pre>
 *
 * <p>While a lease is held, the kernel gives its numbers to nobody: not to those who bind port 0, on any address, nor to
 * connections; and nobody else gets a lease of them. A server that sets {@code SO_REUSEADDR} or, as the same user,
 * {@code SO_REUSEPORT} can bind a number and listen on it at once, and again when it is restarted. Every JVM, Node, and
 * most servers set the former. One that sets neither gets "Address already in use". One hole is left: nobody keeps a
 * stranger who binds that very number with {@code SO_REUSEADDR} from having it first. docs/ports.md tells all of it.
 *
 * <p>Leases are for TCP, IPv4 and IPv6 alike, unless this JVM runs with {@code java.net.preferIPv4Stack}: then for IPv4.
 * For UDP too with {@link LeaseOptions#udp}.
 *
 * <p>Leases end with {@link #close}, with the process, or some time after nobody refers to them any more; the processes
 * that this one starts do not inherit them. What is bound and listens by then stays as it is. They work in any process on
 * Linux, workers included, and make no native call.
 *
 * <p>All methods may be called by any thread. None waits for anything but the kernel.
 */
public final class PortLease implements AutoCloseable {
    /** How often the kernel is asked for a port with enough free ones behind it, before all are tried in turn. */
    private static final int TRIES = 100;

    private final List<Integer> ports;
    private final List<Channel> holders;

    private PortLease(int first, int count, List<Channel> holders) {
        this.ports = IntStream.range(first, first + count).boxed().toList();
        this.holders = holders;
    }

    /**
     * Takes one TCP port, which the kernel chooses.
     *
     * @throws BindException if the kernel has none left
     * @throws IOException if this process can open no more sockets
     * @throws UnsupportedOperationException on another system than Linux
     */
    public static PortLease take() throws IOException {
        return take(LeaseOptions.defaults());
    }

    /**
     * Takes all the ports that the options describe, or none.
     *
     * @throws BindException if the kernel has none left, or there are none such: its message says which were wanted and
     *     how many were tried
     * @throws IOException if this process can open no more sockets
     * @throws UnsupportedOperationException on another system than Linux
     */
    public static PortLease take(LeaseOptions options) throws IOException {
        if (!System.getProperty("os.name").equals("Linux")) {
            throw new UnsupportedOperationException("leases of ports need Linux, and this is not");
        }
        BindException last = null;
        int tried = 0;
        for (var firsts = firsts(options).iterator(); firsts.hasNext(); ) {
            try {
                return take(firsts.next(), options);
            } catch (BindException e) {
                last = e;
                tried++;
            }
        }
        if (last != null && options.range() == null && !options.isUdp() && options.count() == 1) {
            throw last; // the kernel's own word
        }
        throw exhausted(options, tried, last);
    }

    /** Where to begin, in the order to try: 0 is where the kernel likes. */
    private static Stream<Integer> firsts(LeaseOptions options) throws IOException {
        var range = options.range();
        int count = options.count();
        if (range != null) {
            return firsts(range, count);
        }
        if (!options.isUdp() && count == 1) {
            return Stream.of(0);
        }
        var ephemeral = EphemeralPorts.read();
        if (!options.isUdp()) {
            // of two neighbours the kernel gives one to who binds, the other to who connects, as long as it can
            return Stream.concat(
                    Collections.nCopies(TRIES, 0).stream(),
                    Stream.of(ephemeral).flatMap(each -> unreserved(each, each.range(), count)));
        }
        var outside = ephemeral.around().stream()
                .flatMap(each -> unreserved(ephemeral, each, count))
                .toList();
        return outside.isEmpty() ? firsts(ephemeral.range(), count) : outside.stream();
    }

    private static Stream<Integer> unreserved(EphemeralPorts ephemeral, PortRange range, int count) {
        return firsts(range, count).filter(first -> !ephemeral.reservesAny(first, count));
    }

    /** With so many behind them. */
    private static Stream<Integer> firsts(PortRange range, int count) {
        return range.shuffled().stream().filter(first -> first + count - 1 <= range.last());
    }

    private static PortLease take(int wanted, LeaseOptions options) throws IOException {
        var holders = new ArrayList<Channel>();
        try {
            int first = holdTcp(wanted, holders);
            for (int port = first + 1; port < first + options.count(); port++) {
                if (port > 0xffff) {
                    throw new BindException("there is no port " + port);
                }
                holdTcp(port, holders);
            }
            if (options.isUdp()) {
                var ephemeral = EphemeralPorts.read();
                for (int port = first; port < first + options.count(); port++) {
                    holdUdp(port, ephemeral, holders);
                }
            }
            return new PortLease(first, options.count(), List.copyOf(holders));
        } catch (IOException | RuntimeException e) {
            close(holders);
            throw e;
        }
    }

    /**
     * Binds without SO_REUSEADDR and SO_REUSEPORT first, so that the kernel refuses whatever anybody has, another lease
     * too; and lets others reuse the address afterwards. When the next one binds, the kernel looks at what each socket
     * says of itself by then: inet_bind_conflict in net/ipv4/inet_connection_sock.c.
     */
    private static int holdTcp(int port, List<Channel> holders) throws IOException {
        var holder = SocketChannel.open();
        holders.add(holder);
        holder.bind(new InetSocketAddress(port));
        holder.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        holder.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        return ((InetSocketAddress) holder.getLocalAddress()).getPort();
    }

    /**
     * Other leases are kept off by the TCP port, which is held by now, and the kernel by the number, if it is one that it
     * gives to nobody. If not, a socket must hold it. It does not set SO_REUSEPORT, lest it get part of the datagrams.
     */
    private static void holdUdp(int port, EphemeralPorts ephemeral, List<Channel> holders) throws IOException {
        if (isBoundForUdp(port)) {
            throw new BindException("Address already in use, for UDP");
        }
        if (ephemeral.contains(port)) {
            var holder = DatagramChannel.open();
            holders.add(holder);
            holder.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            holder.bind(new InetSocketAddress(port));
        }
    }

    /** By the kernel's tables, since a bind to find out would keep others from theirs: proc_net(5). */
    private static boolean isBoundForUdp(int port) throws IOException {
        var mark = String.format(":%04X ", port);
        for (var table : List.of(Path.of("/proc/net/udp"), Path.of("/proc/net/udp6"))) {
            if (Files.exists(table)) { // without IPv6 there is one
                try (var lines = Files.lines(table)) {
                    // sl: local_address rem_address ...; the second colon is the local port's
                    if (lines.anyMatch(line -> line.startsWith(mark, line.indexOf(':', line.indexOf(':') + 1)))) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private static BindException exhausted(LeaseOptions options, int tried, @Nullable BindException last) {
        var range = options.range();
        var exception =
                new BindException("no " + (options.count() == 1 ? "port" : options.count() + " consecutive ports")
                        + (range == null ? "" : " of " + range)
                        + (options.count() == 1 ? " is" : " are") + " free for "
                        + (options.isUdp() ? "TCP and UDP" : "TCP") + ": tried " + tried);
        if (last != null) {
            exception.initCause(last);
        }
        return exception;
    }

    /** The number; the first, if there are several. */
    public int port() {
        return ports.getFirst();
    }

    /** All numbers, each one more than the one before. */
    public List<Integer> ports() {
        return ports;
    }

    /** Lets go of the ports. Does nothing when it has been called before. */
    @Override
    public void close() {
        close(holders);
    }

    private static void close(List<Channel> holders) {
        for (var holder : holders) {
            try {
                holder.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e); // not of sockets that are connected to nobody
            }
        }
    }

    /** Says which ports are held. */
    @Override
    public String toString() {
        return "PortLease" + ports;
    }
}
