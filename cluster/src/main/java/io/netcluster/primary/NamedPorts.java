package io.netcluster.primary;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The port 0s that workers share by a name: one number, on some addresses. */
final class NamedPorts {
    private final Map<String, List<Listener>> listeners = new HashMap<>();

    /** The number that the name stands for, or 0 if nobody has it yet. */
    int portOf(String name) {
        var all = listeners.get(name);
        return all == null ? 0 : all.getFirst().address().port();
    }

    /** There is a listener, of a name perhaps. */
    void add(Listener listener) {
        if (listener.name() != null) {
            listeners.computeIfAbsent(listener.name(), _ -> new ArrayList<>()).add(listener);
        }
    }

    /** There is no such listener any more. */
    void remove(Listener listener) {
        if (listener.name() != null) {
            listeners.computeIfPresent(listener.name(), (_, all) -> {
                all.remove(listener);
                return all.isEmpty() ? null : all;
            });
        }
    }
}
