package io.netcluster.primary;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a cluster is doing at a moment.
 *
 * @param name its name
 * @param generation which its workers are of, or will be when the change under way is complete
 * @param change what is under way, in words, or null
 * @param seats the slots and their workers, in order; a slot whose worker is being replaced comes twice
 */
public record ClusterStatus(
        String name, int generation, @Nullable String change, List<Seat> seats) {

    /** What a worker is to its slot. */
    public enum Role {
        /** It is the slot's. */
        OCCUPANT,
        /** It is to be the slot's when it is ready. */
        SUCCESSOR,
        /** It was the slot's, and finishes what it has accepted. */
        LEAVER
    }

    /** What a worker, or the place of one, is doing. */
    public enum State {
        STARTING,
        READY,
        DRAINING,
        STOPPING,
        /** Its next worker will be started. */
        BACKOFF,
        /** No worker will be started any more, as too many have died, or it could not work. */
        FAILED,
        /** No worker will be started any more, as none is wanted. */
        DONE
    }

    /**
     * A slot, and its worker if it has one.
     *
     * @param worker the worker's id, or 0 if there is none
     * @param pid its process, or 0
     * @param generation which reload it belongs to
     * @param started when it was started, or null
     * @param next when the next worker will be started, or null
     * @param restarts how many workers were started in the slot after the first
     * @param readyAfter how long it took to be ready, or null if it is not yet
     * @param why why it has no worker; null if it has one, or never had any, or none is wanted
     * @param listeners where it listens
     * @param heapUsed how many bytes of its heap were in use when it said so last, garbage among them, or -1
     * @param heapMax how many bytes its heap may have at most, or -1
     */
    public record Seat(
            int slot,
            Role role,
            State state,
            long worker,
            long pid,
            int generation,
            @Nullable Instant started,
            @Nullable Instant next,
            int restarts,
            @Nullable Duration readyAfter,
            @Nullable String why,
            List<String> listeners,
            long heapUsed,
            long heapMax) {}
}
