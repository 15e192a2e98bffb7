package io.netcluster.worker;

import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The agent's end of {@code java.net.NetclusterWorker}: what a worker's program can ask of the agent, by name.
 *
 * <p>The names and the types of what goes in and comes out, which are the JDK's alone, are the contract with
 * io.netcluster's {@code Agent}, whose copy may be in another class loader.
 */
final class Bridge implements BiFunction<String, Object, @Nullable Object> {
    private final Link link;
    private final BindHook hook;
    private @Nullable Map<String, Function<Object, @Nullable Object>> operations;

    Bridge(Link link, BindHook hook) {
        this.link = link;
        this.hook = hook;
    }

    @Override
    public @Nullable Object apply(String operation, Object argument) {
        var known = operations().get(operation);
        if (known == null) {
            throw new UnsupportedOperationException(
                    "the agent of this worker is another version of netcluster: it knows no " + operation);
        }
        return known.apply(argument);
    }

    /** Made late: most programs ask for nothing, and it takes a while. */
    private synchronized Map<String, Function<Object, @Nullable Object>> operations() {
        if (operations == null) {
            operations = Operations.of(link, hook);
        }
        return operations;
    }
}
