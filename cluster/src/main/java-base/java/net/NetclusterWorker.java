package java.net;

import java.util.function.BiFunction;

/**
 * Where a worker's program finds netcluster's agent, whichever class loader or module its copy of netcluster is in.
 *
 * <p>The agent defines this class in a worker's java.base, in a package that everyone may read, and what passes through
 * it is of the JDK's own types. In a JVM that is no worker there is no such class.
 */
public final class NetclusterWorker {
    private static volatile BiFunction<String, Object, Object> agent;

    private NetclusterWorker() {}

    /** Puts the agent's end in place, once. */
    public static synchronized void install(BiFunction<String, Object, Object> function) {
        if (agent != null) {
            throw new IllegalStateException("this JVM is a worker already");
        }
        agent = function;
    }

    /** The agent's end: what is asked for, by name, and its argument. */
    public static BiFunction<String, Object, Object> agent() {
        return agent;
    }
}
