package io.netcluster.worker;

import io.netcluster.wire.Address;
import org.jspecify.annotations.Nullable;

/**
 * A listener that the primary knows of.
 *
 * @param fd the program's number for it
 * @param grant what it is called on the link
 * @param address where it is bound
 * @param share how it was asked for, if it is the cluster's; null if it is this worker's own
 */
record Listener(
        int fd, long grant, Address address, @Nullable Share share) {
    /** Whether it is the cluster's; otherwise it is this worker's own. */
    boolean shared() {
        return share != null;
    }

    /** Whether it accepts connections. */
    boolean isStream() {
        return address.transport() != Address.Transport.UDP;
    }
}
