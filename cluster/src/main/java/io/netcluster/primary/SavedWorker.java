package io.netcluster.primary;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a primary leaves to its successor of a worker.
 *
 * @param place by which its own ports are counted
 * @param token the secret by which it is known
 * @param pid its process, or 0 if that was about to be started
 * @param startTime when that was started, as {@link io.netcluster.sys.Processes#startTime} has it
 * @param java whether the process is the worker's JVM, and not a start script
 * @param role what it was to its slot
 * @param state what it was doing: starting, ready, draining or stopping
 * @param again whether another was to be started when it has drained or stopped
 * @param until when that was to be over, in milliseconds since the epoch; otherwise 0
 * @param started when it was started, likewise
 * @param restarts how many workers its slot has had before it
 */
record SavedWorker(
        long id,
        int slot,
        int place,
        int generation,
        String token,
        long pid,
        long startTime,
        boolean java,
        ClusterStatus.Role role,
        ClusterStatus.State state,
        boolean again,
        long until,
        long started,
        int restarts) {
    private static final int WORDS = 14;

    /** One that is about to be started. */
    static SavedWorker starting(long id, int slot, int place, Plan plan, String token) {
        return new SavedWorker(
                id,
                slot,
                place,
                plan.generation(),
                token,
                0,
                0,
                plan.program().isJava(),
                ClusterStatus.Role.SUCCESSOR, // if the slot has an occupant, otherwise it is that
                ClusterStatus.State.STARTING,
                false,
                0,
                Instant.now().toEpochMilli(),
                0);
    }

    /** Its process, or that of it which was about to be started; null if it has ended, or never began. */
    @Nullable
    AdoptedProcess process() {
        return pid == 0 ? AdoptedProcess.with("NETCLUSTER_TOKEN=" + token) : AdoptedProcess.of(pid, startTime);
    }

    String format() {
        return String.join(
                " ",
                String.valueOf(id),
                String.valueOf(slot),
                String.valueOf(place),
                String.valueOf(generation),
                token,
                String.valueOf(pid),
                String.valueOf(startTime),
                String.valueOf(java),
                role.name(),
                state.name(),
                String.valueOf(again),
                String.valueOf(until),
                String.valueOf(started),
                String.valueOf(restarts));
    }

    static SavedWorker parse(String line) {
        var words = line.split(" ");
        if (words.length != WORDS) {
            throw new IllegalArgumentException("a worker of " + words.length + " words");
        }
        var worker = new SavedWorker(
                Long.parseLong(words[0]),
                Integer.parseInt(words[1]),
                Integer.parseInt(words[2]),
                Integer.parseInt(words[3]),
                words[4],
                Long.parseLong(words[5]),
                Long.parseLong(words[6]),
                Boolean.parseBoolean(words[7]),
                ClusterStatus.Role.valueOf(words[8]),
                ClusterStatus.State.valueOf(words[9]),
                Boolean.parseBoolean(words[10]),
                Long.parseLong(words[11]),
                Long.parseLong(words[12]),
                Integer.parseInt(words[13]));
        if (worker.id < 1 || worker.slot < 1 || worker.pid < 0 || worker.token.isEmpty()) {
            throw new IllegalArgumentException("no worker can be like this: " + line);
        }
        return worker;
    }

    /** What the slot is doing, as a new primary takes it over. */
    SlotState resume() {
        var deadline = Instant.ofEpochMilli(until);
        return switch (state) {
            case READY -> new SlotState.Ready(Instant.EPOCH, 0);
            case DRAINING -> new SlotState.Draining(deadline, again);
            case STOPPING -> new SlotState.Stopping(deadline, again);
            case STARTING, BACKOFF, FAILED, DONE -> new SlotState.Starting(Instant.MAX, 0);
        };
    }
}
