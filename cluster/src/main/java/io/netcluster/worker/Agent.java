package io.netcluster.worker;

import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import jdk.internal.misc.Unsafe;

/**
 * Makes this JVM a worker, if that is what it was started for, when {@code Premain} initializes this class.
 *
 * <p>Nothing in this class may name ClusterSockets or NetclusterWorker, which exist only once they have been defined here.
 */
public final class Agent {
    private static final String CLASSES = "/META-INF/netcluster/";

    static {
        try {
            start((Instrumentation) ((Supplier<?>) Agent.class.getClassLoader()).get());
        } catch (IOException | UnmodifiableClassException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private Agent() {}

    /** Returns quickly: what is costly is done by the link's thread, or when a class loads. */
    private static void start(Instrumentation instrumentation) throws IOException, UnmodifiableClassException {
        var identity = Identity.claim();
        if (identity != null) {
            defineHook(instrumentation);
            Sharing.start(identity, instrumentation);
        }
    }

    /**
     * Puts ClusterSockets into java.base's sun.nio.ch, which is exported to this class loader's module and no other,
     * ClusterSyscall into java.lang.invoke, and NetclusterWorker into java.net.
     */
    private static void defineHook(Instrumentation instrumentation) throws IOException {
        var ours = Set.of(Agent.class.getModule());
        instrumentation.redefineModule(
                Object.class.getModule(),
                Set.of(),
                Map.of("sun.nio.ch", ours, "jdk.internal.misc", ours),
                Map.of(),
                Set.of(),
                Map.of());
        define("sun/nio/ch/ClusterSockets");
        define("java/lang/invoke/ClusterSyscall");
        define("java/net/NetclusterWorker");
    }

    /** Not by a lookup, which would read the class by the class-file library first, and load that. */
    private static void define(String name) throws IOException {
        var file = CLASSES + name + ".class";
        try (var in = Agent.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IOException(file + " is missing in the agent's jar");
            }
            var bytes = in.readAllBytes();
            Unsafe.getUnsafe().defineClass(name, bytes, 0, bytes.length, null, null);
        }
    }
}
