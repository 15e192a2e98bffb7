package io.netcluster.sys;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Ports from first to last, both included. */
public record PortRange(int first, int last) {
    /** Checks the bounds. */
    public PortRange {
        if (first < 1 || last > 0xffff || first > last) {
            throw new IllegalArgumentException(first + "-" + last + " is no range of ports from 1 to 65535");
        }
    }

    /**
     * Reads {@code 9000} or {@code 9000-9010}.
     *
     * @throws IllegalArgumentException if it is neither
     */
    public static PortRange parse(String text) {
        var bounds = text.split("-", -1);
        try {
            int first = Integer.parseInt(bounds[0]);
            if (bounds.length <= 2) {
                return new PortRange(first, bounds.length == 1 ? first : Integer.parseInt(bounds[1]));
            }
        } catch (NumberFormatException e) {
            // told below, as all the rest
        }
        throw new IllegalArgumentException("'" + text + "' is neither a port nor a range of ports such as 9000-9010");
    }

    /** How many they are. */
    public int size() {
        return last - first + 1;
    }

    /** Whether a port is one of them. */
    public boolean contains(int port) {
        return first <= port && port <= last;
    }

    /** All of them, in random order, lest all who want one meet at the first. */
    public List<Integer> shuffled() {
        var ports = new ArrayList<Integer>(size());
        for (int port = first; port <= last; port++) {
            ports.add(port);
        }
        Collections.shuffle(ports);
        return ports;
    }

    @Override
    public String toString() {
        return first + "-" + last;
    }
}
