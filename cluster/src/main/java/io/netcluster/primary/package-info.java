/**
 * The primary's side: it starts and restarts the workers, and holds every listener for all of them.
 *
 * <p>One thread, the {@link io.netcluster.primary.Supervisor}'s, owns all state; the others, which wait for processes,
 * links and signals, send it events. What to do when a worker lives or dies is decided by {@link
 * io.netcluster.primary.SlotState}, which is pure.
 */
@NullMarked
package io.netcluster.primary;

import org.jspecify.annotations.NullMarked;
