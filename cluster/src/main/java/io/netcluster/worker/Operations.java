package io.netcluster.worker;

import io.netcluster.wire.Message.Disconnect;
import io.netcluster.wire.Message.Ready;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a worker's program can ask of the agent; made when it first asks for anything. */
final class Operations {
    private final Link link;
    private final BindHook hook;

    private Operations(Link link, BindHook hook) {
        this.link = link;
        this.hook = hook;
    }

    /** By name. */
    static Map<String, Function<Object, @Nullable Object>> of(Link link, BindHook hook) {
        var operations = new Operations(link, hook);
        return Map.of(
                "identity", _ -> operations.identity(),
                "ready", _ -> operations.ready(),
                "onDrain", task -> operations.onDrain((Runnable) task),
                "disconnect", timeout -> operations.disconnect((Duration) timeout),
                "isDraining", _ -> link.drain().isDraining(),
                "exclusive", port -> operations.exclusive((Integer) port),
                "linking", _ -> new InsideJavaBase());
    }

    private Map<String, String> identity() {
        var identity = new HashMap<String, String>();
        for (var name : Identity.PUBLISHED) {
            identity.put(name.toLowerCase(Locale.ROOT), Identity.environment(name));
        }
        link.primary().ifPresent(pid -> identity.put("primaryPid", String.valueOf(pid)));
        return Map.copyOf(identity);
    }

    private @Nullable Object ready() {
        try {
            link.tell(new Ready());
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException("netcluster: cannot tell the primary that this worker is ready", e);
        }
    }

    private @Nullable Object onDrain(Runnable task) {
        link.drain().onDrain(task);
        return null;
    }

    private @Nullable Object disconnect(Duration timeout) {
        try {
            link.tell(new Disconnect(timeout.toMillis()));
        } catch (IOException e) {
            link.drain().begin(timeout.toMillis()); // without a primary to order it
        }
        return null;
    }

    private @Nullable Object exclusive(int port) {
        hook.exclusive(port);
        return null;
    }
}
