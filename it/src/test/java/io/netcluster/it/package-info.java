/**
 * The promises, each tested on real processes: a cluster started as a user starts it, and a ledger of connections. Begin
 * with {@link io.netcluster.it.NetClusterTest}.
 */
@NullMarked
package io.netcluster.it;

import org.jspecify.annotations.NullMarked;
