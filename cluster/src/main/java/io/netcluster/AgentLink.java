package io.netcluster;

import java.lang.reflect.InvocationTargetException;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * A worker's way to its agent, whichever class loader or module this copy of netcluster is in.
 *
 * <p>The agent has defined the class java.net.NetclusterWorker in java.base, where everyone may read it; what passes
 * through it is of the JDK's types alone. Where there is no such class, this JVM is no worker.
 */
final class AgentLink {
    private static final @Nullable BiFunction<String, Object, Object> AGENT = find();

    private AgentLink() {}

    @SuppressWarnings("unchecked") // the contract of java.net.NetclusterWorker
    private static @Nullable BiFunction<String, Object, Object> find() {
        try {
            return (BiFunction<String, Object, Object>) Class.forName("java.net.NetclusterWorker", true, null)
                    .getMethod("agent")
                    .invoke(null);
        } catch (ClassNotFoundException e) {
            return null;
        } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException e) {
            throw new LinkageError("the agent of this worker is another version of netcluster", e);
        }
    }

    /** Whether this JVM is a worker. */
    static boolean exists() {
        return AGENT != null;
    }

    /** Asks the agent for something that takes no argument. */
    static Object ask(String operation) {
        return ask(operation, "");
    }

    /** Asks the agent for something; what it returns is as the operation has it. */
    static Object ask(String operation, Object argument) {
        var agent = AGENT;
        if (agent == null) {
            throw new IllegalStateException("this process is no worker");
        }
        return agent.apply(operation, argument);
    }
}
