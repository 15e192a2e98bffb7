/**
 * Measures what a worker costs, beside the same program in a JVM that is no worker.
 *
 * <p>Peers take turns within each round of one run, so that what else the machine does falls on both; a ratio is the
 * median of the rounds' ratios. Nothing here is linked against netcluster: the command is run as a user runs it.
 */
@NullMarked
package io.netcluster.bench;

import org.jspecify.annotations.NullMarked;
