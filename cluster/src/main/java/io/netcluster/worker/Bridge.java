package io.netcluster.worker;

import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * The agent's end of {@code java.net.NetclusterWorker}: what a worker's program can ask of the agent, by name.
 *
 * <p>The names and the types of what goes in and comes out, which are the JDK's alone, are the contract with
 * io.netcluster's {@code Agent}, whose copy may be in another class loader.
 */
final class Bridge implements BiFunction<String, Object, Object> {
    private final Map<String, Function<Object, Object>> operations;

    Bridge(Map<String, Function<Object, Object>> operations) {
        this.operations = operations;
    }

    @Override
    public Object apply(String operation, Object argument) {
        var known = operations.get(operation);
        if (known == null) {
            throw new UnsupportedOperationException(
                    "the agent of this worker is another version of netcluster: it knows no " + operation);
        }
        return known.apply(argument);
    }
}
