package io.netcluster.worker;

import io.netcluster.wire.Message.Disconnect;
import io.netcluster.wire.PortPolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Map.Entry;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a worker's program can ask of the agent; made when it first asks for anything. */
final class Operations {
    private final Link link;
    private final BindHook hook;

    private @Nullable Messages messages;

    private Operations(Link link, BindHook hook) {
        this.link = link;
        this.hook = hook;
    }

    /** By name. */
    static Map<String, Function<Object, @Nullable Object>> of(Link link, BindHook hook) {
        var operations = new Operations(link, hook);
        return Map.ofEntries(
                entry("identity", _ -> operations.identity()),
                entry("ready", _ -> operations.ready()),
                entry("onDrain", task -> operations.onDrain((Runnable) task)),
                entry("disconnect", timeout -> operations.disconnect((Duration) timeout)),
                entry("isDraining", _ -> link.drain().isDraining()),
                entry("port0", call -> operations.port0((Object[]) call)),
                entry("exclusive", port -> operations.exclusive((Integer) port)),
                entry("linking", _ -> new InsideJavaBase()),
                entry("receive", taker -> operations.receive(taker)),
                entry("send", content -> operations.messages().send((Object[]) content)),
                entry("broadcast", content -> operations.messages().broadcast((Object[]) content)),
                entry("sendSocket", content -> operations.messages().sendSocket((Object[]) content)),
                entry("request", content -> operations.messages().request((Object[]) content)));
    }

    private static Entry<String, Function<Object, @Nullable Object>> entry(
            String name, Function<Object, @Nullable Object> operation) {
        return Map.entry(name, operation);
    }

    /** Begins with messages; two copies of netcluster in one program cannot both have them. */
    @SuppressWarnings("unchecked") // the contract with AgentTransport
    private synchronized @Nullable Object receive(Object taker) {
        if (messages != null) {
            throw new IllegalStateException("another copy of netcluster in this program has its messages already");
        }
        messages = Messages.begin(link.identity(), link, (BiConsumer<String, Object[]>) taker);
        return null;
    }

    private synchronized Messages messages() {
        if (messages == null) {
            throw new IllegalStateException("messages have not begun");
        }
        return messages;
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
            link.sayReady();
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
        long millis = TimeUnit.MILLISECONDS.convert(timeout);
        try {
            link.tell(new Disconnect(millis));
        } catch (IOException e) {
            link.drain().begin(millis, false); // without a primary to order it
        }
        return null;
    }

    private @Nullable Object port0(Object[] call) {
        hook.portZero().run(PortPolicy.parse((String) call[0]), (Runnable) call[1]);
        return null;
    }

    private @Nullable Object exclusive(int port) {
        hook.exclusive(port);
        return null;
    }
}
