package io.netcluster.cli;

import io.netcluster.primary.ClusterStatus;
import io.netcluster.primary.ClusterStatus.Role;
import io.netcluster.primary.ClusterStatus.State;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** A cluster's status as a line of JSON. */
final class StatusJson {
    private StatusJson() {}

    static ObjectNode of(ClusterStatus status, String definition, Instant started, @Nullable Unit unit) {
        var occupants = status.seats().stream()
                .filter(seat -> seat.role() == Role.OCCUPANT && seat.state() != State.DONE)
                .toList();
        var json = Json.object()
                .put("name", status.name())
                .put("state", "running")
                .put("pid", ProcessHandle.current().pid())
                .put("started", started.toString())
                .put("definition", definition)
                .put("generation", status.generation())
                .put("change", status.change())
                .put("workers", occupants.size())
                .put(
                        "ready",
                        occupants.stream()
                                .filter(seat -> seat.state() == State.READY)
                                .count());
        if (unit != null) {
            json.put("unit", unit.name()).put("user", unit.user());
        }
        var seats = json.putArray("seats");
        for (var seat : status.seats()) {
            var each = seats.addObject()
                    .put("slot", seat.slot())
                    .put("role", word(seat.role()))
                    .put("state", word(seat.state()))
                    .put("worker", seat.worker())
                    .put("pid", seat.pid())
                    .put("generation", seat.generation())
                    .put("started", text(seat.started()))
                    .put("next", text(seat.next()))
                    .put("restarts", seat.restarts())
                    .put("heapUsed", seat.heapUsed())
                    .put("heapMax", seat.heapMax())
                    .put("why", seat.why());
            var listeners = each.putArray("listeners");
            seat.listeners().forEach(listeners::add);
        }
        return json;
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static @Nullable String text(@Nullable Instant moment) {
        return moment == null ? null : moment.toString();
    }
}
