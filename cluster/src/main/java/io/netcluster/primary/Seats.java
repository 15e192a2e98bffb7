package io.netcluster.primary;

import io.netcluster.primary.SlotState.Done;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who sits where: each slot's occupant, the successors that are to replace some, and those that have been replaced and
 * leave.
 *
 * <p>Confined to the supervisor's thread. What is returned is a copy.
 */
final class Seats {
    private final Map<Integer, Seat> occupants = new TreeMap<>(); // by slot
    private final Map<Integer, Seat> successors = new TreeMap<>(); // by slot
    private final Set<Seat> leavers = new LinkedHashSet<>();

    /** The slots' own, in order. */
    List<Seat> occupants() {
        return List.copyOf(occupants.values());
    }

    List<Seat> successors() {
        return List.copyOf(successors.values());
    }

    List<Seat> leavers() {
        return List.copyOf(leavers);
    }

    List<Seat> all() {
        return Stream.of(occupants.values(), successors.values(), leavers)
                .flatMap(Collection::stream)
                .toList();
    }

    /** The workers in them. */
    List<Worker> workers() {
        var workers = new ArrayList<Worker>();
        for (var seat : all()) {
            if (seat.worker() != null) {
                workers.add(seat.worker());
            }
        }
        return workers;
    }

    /** What the next primary must know of the workers in them. */
    List<SavedWorker> saved() {
        return Stream.of(
                        occupants.values().stream().map(seat -> seat.saved(ClusterStatus.Role.OCCUPANT)),
                        successors.values().stream().map(seat -> seat.saved(ClusterStatus.Role.SUCCESSOR)),
                        leavers.stream().map(seat -> seat.saved(ClusterStatus.Role.LEAVER)))
                .flatMap(seat -> seat)
                .flatMap(Optional::stream)
                .toList();
    }

    boolean hasOccupant(int slot) {
        return occupants.containsKey(slot);
    }

    /** Where a worker sits, if it still does. */
    @Nullable
    Seat of(Worker worker) {
        for (var seat : all()) {
            if (seat.worker() == worker) {
                return seat;
            }
        }
        return null;
    }

    Seat occupant(int slot) {
        return Objects.requireNonNull(occupants.get(slot));
    }

    boolean isOccupant(Seat seat) {
        return occupants.get(seat.slot()) == seat;
    }

    /** Whether there is more to a slot than its occupant. */
    boolean isChanging(int slot) {
        return successors.containsKey(slot) || leavers.stream().anyMatch(seat -> seat.slot() == slot);
    }

    /** The lowest slot that has no worker, and will have none by itself. */
    int lowestVacant() {
        int slot = 1;
        while (occupants.containsKey(slot) && !occupant(slot).state().isVacant()) {
            slot++;
        }
        return slot;
    }

    /** The lowest slot that does not exist, or is done. */
    int lowestFree() {
        int slot = 1;
        while (occupants.containsKey(slot) && !(occupant(slot).state() instanceof Done)) {
            slot++;
        }
        return slot;
    }

    /** The lowest number from 1 on that no living worker has as its place. */
    int lowestPlace() {
        int place = 1;
        while (isTaken(place)) {
            place++;
        }
        return place;
    }

    private boolean isTaken(int place) {
        return workers().stream().anyMatch(worker -> worker.place() == place);
    }

    /** Gives a slot its occupant; returns the one it had. */
    @Nullable
    Seat occupy(Seat seat) {
        return occupants.put(seat.slot(), seat);
    }

    /** Gives a slot a successor to its occupant. */
    void succeed(Seat seat) {
        successors.put(seat.slot(), seat);
    }

    /** Its successor becomes the slot's occupant; returns the one it had. */
    Seat promote(Seat seat) {
        successors.remove(seat.slot(), seat);
        return Objects.requireNonNull(occupants.put(seat.slot(), seat));
    }

    /** The seat is a leaver from now on. */
    void leave(Seat seat) {
        remove(seat);
        leavers.add(seat);
    }

    /** The seat is gone. */
    void remove(Seat seat) {
        occupants.remove(seat.slot(), seat);
        successors.remove(seat.slot(), seat);
        leavers.remove(seat);
    }

    /** Whether no worker is left, and none will come. */
    boolean areOver() {
        return successors.isEmpty()
                && leavers.isEmpty()
                && occupants.values().stream().allMatch(seat -> seat.state().isVacant());
    }

    /** The worst exit status of the slots, once they are over. */
    int status() {
        return occupants.values().stream().mapToInt(Seat::status).max().orElse(0);
    }
}
