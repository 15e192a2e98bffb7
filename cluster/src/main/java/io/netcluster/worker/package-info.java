/**
 * The worker's side: the agent that rewrites the JDK's bind call sites, and the worker's end of the link.
 *
 * <p>This code is a guest in somebody else's JVM. It is loaded by a class loader of its own, so that what the agent is
 * allowed inside java.base is allowed to nobody else; it uses java.base alone, logs nothing, prints nothing but errors,
 * and its threads are daemons: {@code netcluster-link}, and {@code netcluster-announce} in a worker that has listeners of
 * its own.
 */
@NullMarked
package io.netcluster.worker;

import org.jspecify.annotations.NullMarked;
