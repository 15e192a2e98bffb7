package io.netcluster.worker;

import io.netcluster.sys.Linux;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.net.NetclusterWorker;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.ClusterSockets;

/** Puts the sharing of listeners in place. */
final class Sharing {
    private static volatile @Nullable Instrumentation weaving;

    private Sharing() {}

    static void start(Identity identity, Instrumentation instrumentation) throws UnmodifiableClassException {
        weaving = instrumentation;
        var listeners = new Listeners();
        var link = new Link(identity, listeners);
        var hook = new BindHook(identity, link, listeners);
        ClusterSockets.install(hook);
        NetclusterWorker.install(new Bridge(link, hook));
        Linux.linkWith(new InsideJavaBase());
        link.start(); // it has the most to do before the first bind, so it begins first
        weave(instrumentation, new WovenClasses(identity.link().getParentFile(), identity.worker()));
    }

    /** What weaves more when the worker drains; null where no agent was started. */
    static @Nullable Instrumentation weaving() {
        return weaving;
    }

    /** Weaves the JDK's classes as they load; those that an AOT cache has loaded already are transformed again. */
    private static void weave(Instrumentation instrumentation, WovenClasses kept) throws UnmodifiableClassException {
        instrumentation.addTransformer(new Weaver(instrumentation, kept), true);
        for (Class<?> loaded : instrumentation.getAllLoadedClasses()) {
            if (JdkClasses.isWoven(loaded)) {
                instrumentation.retransformClasses(loaded);
            }
        }
    }
}
