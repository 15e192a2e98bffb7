package io.netcluster.worker;

import java.io.File;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.lang.invoke.MethodHandles;
import java.net.URL;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipFile;

/**
 * Makes this JVM a worker, if that is what it was started for.
 *
 * <p>Nothing in this class may name ClusterSockets or NetclusterWorker, which exist only once they have been defined here.
 */
public final class Agent {
    private static final String CLASSES = "META-INF/netcluster/";

    private Agent() {}

    /** Called once, by {@link Premain}; returns quickly: what is costly is done by the link's thread, or when a class loads. */
    public static void start(Instrumentation instrumentation) throws Exception {
        var identity = Identity.claim();
        if (identity != null) {
            defineHook(instrumentation);
            Sharing.start(identity, instrumentation);
        }
    }

    /**
     * Puts ClusterSockets and ClusterSyscall into java.base's sun.nio.ch, and NetclusterWorker into java.net, which are
     * opened to this class loader's module and no other.
     */
    private static void defineHook(Instrumentation instrumentation) throws Exception {
        var ours = Set.of(Agent.class.getModule());
        instrumentation.redefineModule(
                Object.class.getModule(),
                Set.of(),
                Map.of("sun.nio.ch", ours),
                Map.of("sun.nio.ch", ours, "java.net", ours),
                Set.of(),
                Map.of());
        // not by the class loader, which would ask its parents first, and open a URL
        try (var jar = new ZipFile(new File(
                Agent.class.getProtectionDomain().getCodeSource().getLocation().toURI()))) {
            var socketsNeighbour = Class.forName("sun.nio.ch.DirectBuffer", false, null);
            define(jar, "sun/nio/ch/ClusterSockets", socketsNeighbour);
            define(jar, "sun/nio/ch/ClusterSyscall", socketsNeighbour);
            define(jar, "java/net/NetclusterWorker", URL.class);
        }
    }

    private static void define(ZipFile jar, String name, Class<?> neighbour) throws Exception {
        var entry = jar.getEntry(CLASSES + name + ".class");
        if (entry == null) {
            throw new IOException(name + " is missing in " + jar.getName());
        }
        MethodHandles.privateLookupIn(neighbour, MethodHandles.lookup())
                .defineClass(jar.getInputStream(entry).readAllBytes());
    }
}
