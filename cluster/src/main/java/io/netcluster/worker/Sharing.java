package io.netcluster.worker;

import io.netcluster.sys.Linux;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.util.Arrays;
import sun.nio.ch.ClusterSockets;

/** Puts the sharing of listeners in place. */
final class Sharing {
    private Sharing() {}

    static void start(Identity identity, Instrumentation instrumentation) throws UnmodifiableClassException {
        var link = new Link(identity);
        ClusterSockets.install(new BindHook(identity, link));
        Linux.linkWith(ClusterSockets::downcall);
        weave(instrumentation, new WovenClasses(identity.link().toFile().getParentFile(), identity.worker()));
        link.start();
    }

    /** Weaves the JDK's classes as they load; those that an AOT cache has loaded already are transformed again. */
    private static void weave(Instrumentation instrumentation, WovenClasses kept) throws UnmodifiableClassException {
        instrumentation.addTransformer(new Weaver(instrumentation, kept), true);
        var loaded = Arrays.stream(instrumentation.getAllLoadedClasses())
                .filter(c -> c.getClassLoader() == null && JdkSites.isWoven(c.getName().replace('.', '/')))
                .toArray(Class<?>[]::new);
        if (loaded.length > 0) {
            instrumentation.retransformClasses(loaded);
        }
    }
}
