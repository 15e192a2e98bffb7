package io.netcluster.cli;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What can be asked of a primary, through its admin socket: a line of JSON, {@code {"request": "scale", "workers": 4}}.
 *
 * <p>The answer is some lines of JSON, of which the last, and no other, has a key {@code exit}: the command's exit status.
 */
sealed interface AdminRequest {
    /** A request is no longer than this, its line feed included. */
    int LONGEST = 64 * 1024;

    /** How the cluster is. */
    record Status() implements AdminRequest {}

    /**
     * All workers are to be replaced by such as the definition has now.
     *
     * @param parallel how many at a time; null for what the definition says
     */
    record Reload(@Nullable Integer parallel) implements AdminRequest {}

    /** All workers are to be replaced by the same. */
    record Restart() implements AdminRequest {}

    /**
     * There are to be so many workers, or so many more.
     *
     * @param relative whether it is how many more
     */
    record Scale(int workers, boolean relative) implements AdminRequest {}

    /**
     * All workers are to end, and the primary.
     *
     * @param now whether they are to be killed
     */
    record Stop(boolean now) implements AdminRequest {}

    /**
     * What has happened.
     *
     * @param last at most so many of what the primary remembers
     * @param follow whether what happens from now on is wanted too
     */
    record Events(int last, boolean follow) implements AdminRequest {}

    /** The primary is to end and to leave its workers to the next one. */
    record Leave() implements AdminRequest {}

    /** A request that is none; the message is for whoever has sent it. */
    final class MalformedException extends Exception {
        private static final long serialVersionUID = 1;

        MalformedException(String message) {
            super(message);
        }
    }

    /** The line that {@link #parse} reads, without a line feed. */
    default String format() {
        var line = Json.object();
        switch (this) {
            case Status _ -> line.put("request", "status");
            case Reload reload -> {
                line.put("request", "reload");
                if (reload.parallel != null) {
                    line.put("parallel", reload.parallel);
                }
            }
            case Restart _ -> line.put("request", "restart");
            case Scale scale ->
                line.put("request", "scale").put("workers", scale.workers).put("relative", scale.relative);
            case Stop stop -> line.put("request", "stop").put("now", stop.now);
            case Events events ->
                line.put("request", "events").put("last", events.last).put("follow", events.follow);
            case Leave _ -> line.put("request", "leave");
        }
        return line.toString();
    }

    /**
     * Reads a line.
     *
     * @throws MalformedException if it is no request
     */
    static AdminRequest parse(String line) throws MalformedException {
        JsonNode node;
        try {
            node = Json.MAPPER.readTree(line);
        } catch (JacksonException e) {
            throw new MalformedException("this is not JSON: " + e.getOriginalMessage());
        }
        if (!(node instanceof ObjectNode object)) {
            throw new MalformedException("a request is a JSON object");
        }
        var fields = new Fields(object);
        var request = fields.text("request");
        var parsed = switch (request) {
            case "status" -> new Status();
            case "reload" -> new Reload(object.has("parallel") ? fields.number("parallel", 1) : null);
            case "restart" -> new Restart();
            case "scale" -> {
                boolean relative = fields.flag("relative");
                yield new Scale(fields.number("workers", relative ? Integer.MIN_VALUE : 0), relative);
            }
            case "stop" -> new Stop(fields.flag("now"));
            case "events" -> new Events(fields.number("last", 0), fields.flag("follow"));
            case "leave" -> new Leave();
            default -> throw new MalformedException("there is no request '" + request + "'");
        };
        fields.refuseOthers();
        return parsed;
    }

    /** The fields of a request that have been asked for, and the others. */
    final class Fields {
        private final ObjectNode object;
        private final Set<String> known = new HashSet<>();

        private Fields(ObjectNode object) {
            this.object = object;
        }

        private JsonNode get(String key) {
            known.add(key);
            return object.path(key);
        }

        private String text(String key) throws MalformedException {
            if (!get(key).isString()) {
                throw new MalformedException("'" + key + "' is to be a string");
            }
            return object.path(key).stringValue();
        }

        private int number(String key, int least) throws MalformedException {
            var value = get(key);
            if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < least) {
                throw new MalformedException("'" + key + "' is to be a whole number"
                        + (least == Integer.MIN_VALUE ? "" : " from " + least + " on"));
            }
            return value.intValue();
        }

        /** False if it is not there. */
        private boolean flag(String key) throws MalformedException {
            var value = get(key);
            if (!value.isBoolean() && !value.isMissingNode()) {
                throw new MalformedException("'" + key + "' is to be true or false");
            }
            return value.isBoolean() && value.booleanValue();
        }

        private void refuseOthers() throws MalformedException {
            for (var key : object.propertyNames()) {
                if (!known.contains(key)) {
                    throw new MalformedException("there is no '" + key + "' in this request");
                }
            }
        }
    }
}
