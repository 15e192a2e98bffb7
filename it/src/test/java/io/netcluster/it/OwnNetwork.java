package io.netcluster.it;

import java.util.ArrayList;
import java.util.List;

/** A network namespace of its own for a command, with 127.0.0.1 and all ports to itself: unshare(1). */
final class OwnNetwork {
    /** Words before a command. */
    static final List<String> PREFIX = prefix("");

    private OwnNetwork() {}

    /** A command in it. */
    static List<String> command(String... words) {
        return join(PREFIX, words);
    }

    /** A command in one where the kernel gives these ports, such as {@code 2048 65535}; see ip(7). */
    static List<String> commandWithPorts(String range, String... words) {
        return join(prefix(set("ip_local_port_range", range)), words);
    }

    /** The same, but for some of them, such as {@code 50002-50003}, that it reserves. */
    static List<String> commandWithPorts(String range, List<String> reserved, String... words) {
        var settings = set("ip_local_port_range", range) + set("ip_local_reserved_ports", String.join(",", reserved));
        return join(prefix(settings), words);
    }

    private static String set(String setting, String value) {
        return "echo " + value + " >/proc/sys/net/ipv4/" + setting + "; ";
    }

    private static List<String> prefix(String settings) {
        return List.of("unshare", "--net", "sh", "-ec", "ip link set lo up; " + settings + "exec \"$@\"", "sh");
    }

    private static List<String> join(List<String> prefix, String... words) {
        var all = new ArrayList<>(prefix);
        all.addAll(List.of(words));
        return all;
    }
}
