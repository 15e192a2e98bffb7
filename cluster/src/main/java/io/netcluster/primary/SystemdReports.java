package io.netcluster.primary;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tells systemd how the cluster is, as sd_notify(3) has it. Where nobody is to be told, it does nothing.
 *
 * <p>Confined to the supervisor's thread.
 */
final class SystemdReports {
    private static final Duration NEVER = Duration.ofDays(365);

    private final NotifySocket socket;
    private final Duration beat;
    private final Slots slots;
    private final Changes changes;
    private final Runnable whenReady;
    private Phase phase = Phase.STARTING;
    private String status = "";
    private Instant lastBeat = Instant.MIN;

    /** What systemd has been told. */
    private enum Phase {
        STARTING,
        READY,
        RELOADING,
        STOPPING
    }

    /**
     * How the cluster is.
     *
     * @param ready how many workers are ready
     * @param settled whether no slot still waits for its first worker, or for ever
     * @param slots how many there are to be
     * @param change what is under way, in words, or null
     */
    private record State(
            int ready, boolean settled, int slots, @Nullable String change, boolean stopping) {}

    /**
     * Reports of a cluster.
     *
     * @param environment says how often systemd wants to hear that this process lives
     * @param whenReady is run when the cluster is ready for the first time
     */
    SystemdReports(
            Map<String, String> environment, NotifySocket socket, Slots slots, Changes changes, Runnable whenReady) {
        this.socket = socket;
        this.beat = beat(environment);
        this.slots = slots;
        this.changes = changes;
        this.whenReady = whenReady;
    }

    /** Half of the time after which systemd would think this process stuck (sd_watchdog_enabled(3)). */
    private static Duration beat(Map<String, String> environment) {
        var pid = environment.getOrDefault("WATCHDOG_PID", "");
        try {
            long micros = Long.parseLong(environment.getOrDefault("WATCHDOG_USEC", "0"));
            boolean ours = pid.isEmpty()
                    || pid.equals(String.valueOf(ProcessHandle.current().pid()));
            return ours && micros > 0 ? Duration.ofNanos(micros * 1000 / 2) : NEVER;
        } catch (NumberFormatException e) {
            return NEVER;
        }
    }

    /** How long the supervisor may wait at most before it comes here again. */
    Duration patience() {
        return socket.exists() ? beat : NEVER;
    }

    /** Tells what has changed, and that this thread lives. */
    void report(boolean stopping) {
        if (socket.exists()) {
            step(state(stopping), Instant.now());
        }
    }

    /** Systemd waits until it hears of a reload, even of one that has failed at once. */
    void reloadAsked() {
        if (socket.exists() && phase == Phase.READY) {
            socket.send(words(Phase.RELOADING));
            phase = Phase.RELOADING;
        }
    }

    private State state(boolean stopping) {
        var occupants = slots.seats().occupants();
        int ready = (int) occupants.stream()
                .filter(seat -> seat.state() instanceof SlotState.Ready)
                .count();
        boolean settled = occupants.stream().noneMatch(SystemdReports::isAwaited);
        return new State(ready, settled, changes.number(), changes.underWay(), stopping);
    }

    private static boolean isAwaited(Seat seat) {
        return seat.state() instanceof SlotState.Starting || seat.state() instanceof SlotState.Backoff;
    }

    private void step(State state, Instant now) {
        var next = phase(state);
        var said = status(state);
        var text = new StringBuilder();
        if (next != phase) {
            text.append(words(next));
        }
        if (phase == Phase.STARTING && next == Phase.READY) {
            whenReady.run();
        }
        phase = next;
        if (!said.equals(status)) {
            text.append("STATUS=").append(said).append('\n');
            status = said;
        }
        if (!beat.equals(NEVER) && !now.isBefore(lastBeat.plus(beat.dividedBy(2)))) {
            text.append("WATCHDOG=1\n");
            lastBeat = now;
        }
        if (!text.isEmpty()) {
            socket.send(text.toString());
        }
    }

    private Phase phase(State state) {
        if (state.stopping) {
            return Phase.STOPPING;
        }
        return switch (phase) {
            case STARTING -> state.settled && state.ready > 0 ? Phase.READY : Phase.STARTING;
            case READY, RELOADING -> state.change == null ? Phase.READY : Phase.RELOADING;
            case STOPPING -> Phase.STOPPING;
        };
    }

    private static String words(Phase next) {
        return switch (next) {
            case STARTING -> "";
            case READY -> "READY=1\nMAINPID=" + ProcessHandle.current().pid() + "\n";
            // the clock of System.nanoTime is CLOCK_MONOTONIC on Linux, which is what systemd compares with
            case RELOADING -> "RELOADING=1\nMONOTONIC_USEC=" + System.nanoTime() / 1000 + "\n";
            case STOPPING -> "STOPPING=1\n";
        };
    }

    private static String status(State state) {
        var workers = state.ready + " of " + state.slots + (state.slots == 1 ? " worker ready" : " workers ready");
        return state.stopping ? "stopping" : state.change == null ? workers : state.change + ", " + workers;
    }
}
