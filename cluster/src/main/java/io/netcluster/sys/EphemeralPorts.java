package io.netcluster.sys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;

/**
 * The ports that the kernel gives to those who name none: net.ipv4.ip_local_port_range, without those in
 * net.ipv4.ip_local_reserved_ports (networking/ip-sysctl.rst in the kernel's documentation).
 *
 * @param range the former
 * @param reserved the latter
 */
public record EphemeralPorts(PortRange range, BitSet reserved) {
    private static final Path SETTINGS = Path.of("/proc/sys/net/ipv4");
    private static final int UNPRIVILEGED = 1024; // net.ipv4.ip_unprivileged_port_start, unless it is set

    /** Those of this process's network namespace. */
    public static EphemeralPorts read() throws IOException {
        var bounds = read("ip_local_port_range").split("\\s+", 2);
        var reserved = new BitSet();
        var list = read("ip_local_reserved_ports");
        for (var part : list.isEmpty() ? new String[0] : list.split(",", -1)) {
            var each = PortRange.parse(part);
            reserved.set(each.first(), each.last() + 1);
        }
        return new EphemeralPorts(new PortRange(Integer.parseInt(bounds[0]), Integer.parseInt(bounds[1])), reserved);
    }

    /** In one read, and not of one byte, as Files.readString has it: a second read of such a file is at its end. */
    private static String read(String setting) throws IOException {
        try (var reader = Files.newBufferedReader(SETTINGS.resolve(setting))) {
            return Objects.requireNonNullElse(reader.readLine(), "").strip();
        }
    }

    /** Whether the kernel may give it. */
    public boolean contains(int port) {
        return range.contains(port) && !reserved.get(port);
    }

    /** Whether one of so many ports is reserved. */
    public boolean reservesAny(int first, int count) {
        int next = reserved.nextSetBit(first);
        return next >= 0 && next < first + count;
    }

    /**
     * The ports around the range, in the order in which a lease should look for some. Above it are fewer that are
     * somebody's by custom.
     */
    public List<PortRange> around() {
        var around = new ArrayList<PortRange>();
        if (range.last() < 0xffff) {
            around.add(new PortRange(range.last() + 1, 0xffff));
        }
        if (range.first() > UNPRIVILEGED) {
            around.add(new PortRange(UNPRIVILEGED, range.first() - 1));
        }
        return around;
    }
}
