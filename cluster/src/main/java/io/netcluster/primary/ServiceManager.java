package io.netcluster.primary;

import io.netcluster.sys.Notification;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells systemd, or who else made NOTIFY_SOCKET, how the cluster is (sd_notify(3)). Where there is none, it does nothing.
 *
 * <p>Confined to the supervisor's thread. What cannot be told is said once.
 */
final class ServiceManager {
    private static final Duration NEVER = Duration.ofDays(365);

    private final @Nullable String socket;
    private final Duration beat;
    private final Slots slots;
    private final Changes changes;
    private final ListenerTable table;
    private final Consumer<String> complain;
    private Phase phase = Phase.STARTING;
    private String status = "";
    private Instant lastBeat = Instant.MIN;
    private boolean complained;

    /** What the manager has been told. */
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

    /** The one that the environment names. */
    ServiceManager(
            Map<String, String> environment,
            Slots slots,
            Changes changes,
            ListenerTable table,
            Consumer<String> complain) {
        var named = environment.getOrDefault("NOTIFY_SOCKET", "");
        this.socket = named.startsWith("/") || named.startsWith("@") ? named : null;
        this.beat = beat(environment);
        this.slots = slots;
        this.changes = changes;
        this.table = table;
        this.complain = complain;
    }

    /** Listens on what the manager has opened. */
    void take(List<InheritedSockets.Inherited> sockets) {
        for (var inherited : sockets) {
            table.activate(inherited);
            complain.accept("the service manager has opened " + inherited.address() + " ("
                    + inherited.address().transport() + ", " + inherited.name() + ")");
        }
    }

    /** Half of the time after which the manager would think this process stuck (sd_watchdog_enabled(3)). */
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
        return socket == null ? NEVER : beat;
    }

    /** Tells what has changed, and that this thread lives. */
    void report(boolean stopping) {
        if (socket != null) {
            step(state(stopping), Instant.now());
        }
    }

    /** The manager waits until it hears of a reload, even of one that has failed at once. */
    void reloadAsked() {
        if (socket != null && phase == Phase.READY) {
            send(words(Phase.RELOADING));
            phase = Phase.RELOADING;
        }
    }

    private State state(boolean stopping) {
        var occupants = slots.seats().occupants();
        int ready = (int) occupants.stream()
                .filter(seat -> seat.state() instanceof SlotState.Ready)
                .count();
        boolean settled = occupants.stream().noneMatch(ServiceManager::isAwaited);
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
            send(text.toString());
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
            // the clock of System.nanoTime is CLOCK_MONOTONIC on Linux, which is what the manager compares with
            case RELOADING -> "RELOADING=1\nMONOTONIC_USEC=" + System.nanoTime() / 1000 + "\n";
            case STOPPING -> "STOPPING=1\n";
        };
    }

    private static String status(State state) {
        var workers = state.ready + " of " + state.slots + (state.slots == 1 ? " worker ready" : " workers ready");
        return state.stopping ? "stopping" : state.change == null ? workers : state.change + ", " + workers;
    }

    private void send(String text, int... descriptors) {
        try {
            Notification.send(String.valueOf(socket), text, descriptors);
        } catch (IOException e) {
            if (!complained) {
                complain.accept("cannot tell the service manager: " + e.getMessage());
            }
            complained = true;
        }
    }
}
