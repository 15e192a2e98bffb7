package io.netcluster.worker;

import java.io.File;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.lang.invoke.MethodHandles;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipFile;

/**
 * Makes this JVM a worker, if that is what it was started for.
 *
 * <p>Nothing in this class may name ClusterSockets, which exists only once it has been defined here.
 */
public final class Agent {
    private static final String HOOK = "META-INF/netcluster/sun/nio/ch/ClusterSockets.class";

    private Agent() {}

    /** Called once, by {@link Premain}; returns quickly: what is costly is done by the link's thread, or when a class loads. */
    public static void start(Instrumentation instrumentation) throws Exception {
        var identity = Identity.claim();
        if (identity != null) {
            defineHook(instrumentation);
            Sharing.start(identity, instrumentation);
        }
    }

    /** Puts ClusterSockets into java.base's sun.nio.ch, which is opened to this class loader's module and no other. */
    private static void defineHook(Instrumentation instrumentation) throws Exception {
        var ours = Set.of(Agent.class.getModule());
        var packages = Map.of("sun.nio.ch", ours);
        instrumentation.redefineModule(Object.class.getModule(), Set.of(), packages, packages, Set.of(), Map.of());
        var neighbour = Class.forName("sun.nio.ch.DirectBuffer", false, null);
        // not by the class loader, which would ask its parents first, and open a URL
        try (var jar = new ZipFile(new File(
                Agent.class.getProtectionDomain().getCodeSource().getLocation().toURI()))) {
            var hook = jar.getEntry(HOOK);
            if (hook == null) {
                throw new IOException(HOOK + " is missing in " + jar.getName());
            }
            MethodHandles.privateLookupIn(neighbour, MethodHandles.lookup())
                    .defineClass(jar.getInputStream(hook).readAllBytes());
        }
    }
}
