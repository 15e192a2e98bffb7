package io.netcluster.cli;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** An event in words. */
final class EventText {
    private EventText() {}

    /** One that changes something for whoever runs the cluster; null for any other. */
    static @Nullable String of(ObjectNode event) {
        var who = "worker " + event.path("slot").asString("") + " (pid "
                + event.path("pid").asString("") + ", generation "
                + event.path("generation").asString("") + ")";
        return switch (event.path("event").asString("")) {
            case "forked" -> who + " starts";
            case "adopted" -> who + " has outlived its primary, and serves on";
            case "ready" -> who + " is ready";
            case "draining" -> who + " finishes what it has accepted";
            case "exited" -> who + " " + ending(event.path("status").asInt(0));
            case "listening" -> who + " listens on " + event.path("address").asString("");
            case "stopping" -> "stopping";
            case "changing" -> event.path("change").asString("") + " begins";
            case "changed" ->
                event.path("change").asString("") + ": " + event.path("result").asString("")
                        + (event.has("why") ? ", " + event.path("why").asString("") : "");
            case "said" -> event.path("line").asString("");
            default -> null;
        };
    }

    /** Any. */
    static String ofAny(ObjectNode event) {
        var text = of(event);
        return event.path("time").asString("") + "  "
                + (text == null
                        ? "worker " + event.path("slot").asString("") + ": "
                                + event.path("event").asString("")
                        : text);
    }

    private static String ending(int status) {
        return status > 128 && status <= 128 + 64 ? "was ended by signal " + (status - 128) : "exited with " + status;
    }
}
