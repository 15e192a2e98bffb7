package io.netcluster.worker;

import io.netcluster.wire.Address;
import io.netcluster.wire.PortPolicy;

/**
 * How a worker came by a listener of the cluster's, which a new primary wants to know.
 *
 * @param asked the address that was asked for
 * @param policy what port 0 was to mean
 * @param number the how manieth port 0 of its kind it is
 */
record Share(Address asked, PortPolicy policy, int number) {}
