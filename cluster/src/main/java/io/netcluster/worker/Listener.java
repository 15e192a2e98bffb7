package io.netcluster.worker;

import io.netcluster.wire.Address;

/**
 * A listener that the primary knows of.
 *
 * @param fd the program's number for it
 * @param grant what it is called on the link
 * @param shared whether it is the cluster's; otherwise it is this worker's own
 */
record Listener(int fd, long grant, Address address, boolean shared) {
    /** Whether it accepts connections. */
    boolean isStream() {
        return address.transport() != Address.Transport.UDP;
    }
}
