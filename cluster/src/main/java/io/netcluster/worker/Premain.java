package io.netcluster.worker;

import java.io.File;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;

/**
 * Where the JVM enters the agent.
 *
 * <p>Compiled for Java 8, so that an older JVM can say in one sentence that it is too old. Everything else happens in
 * {@code Agent}, behind a class loader of its own.
 */
public final class Premain {
    /** The exit status of a JVM that cannot be a worker: EX_CONFIG of sysexits.h. */
    static final int CANNOT_WORK = 78;

    private static final int FAILED = 1;
    private static final int ABANDONED = 0;

    private Premain() {}

    /**
     * Called by the JVM before the program's main.
     *
     * @param arguments {@code worker} if the primary itself has started this JVM, which then is a worker or nothing:
     *     as a program of its own it would take itself for a primary
     */
    public static void premain(String arguments, Instrumentation instrumentation) throws Exception {
        String link = System.getenv("NETCLUSTER_LINK");
        if (link == null) {
            return; // the agent is here, but no cluster is
        }
        File socket = new File(link);
        if (socket.exists()) {
            start(instrumentation);
        }
        if ("worker".equals(arguments) && !isWorker() && !socket.exists()) {
            Runtime.getRuntime().halt(ABANDONED); // the primary has gone meanwhile
        }
    }

    /** Not by a system property, which anybody can set. */
    private static boolean isWorker() {
        try {
            Class.forName("java.net.NetclusterWorker", false, null);
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    private static void start(Instrumentation instrumentation) throws Exception {
        String version = System.getProperty("java.specification.version");
        if (version.startsWith("1.") || Integer.parseInt(version) < 25) {
            System.err.println("netcluster: a worker needs Java 25 or later, and "
                    + System.getProperty("java.home")
                    + " is Java "
                    + System.getProperty("java.version")
                    + "; put a newer java first on the PATH, or name it in the command.");
            Runtime.getRuntime().halt(CANNOT_WORK);
        }
        // this class may have been loaded from elsewhere: from the program's own copy of netcluster, be it no jar
        String agent = System.getenv("NETCLUSTER_AGENT");
        if (agent == null) {
            refuse(new IllegalStateException("NETCLUSTER_LINK is set and NETCLUSTER_AGENT, the agent's jar, is not"));
        }
        URL jar = new File(agent).toURI().toURL();
        ClassLoader loader = new URLClassLoader(new URL[] {jar}, null);
        try {
            Class.forName("io.netcluster.worker.Agent", true, loader)
                    .getMethod("start", Instrumentation.class)
                    .invoke(null, instrumentation);
        } catch (InvocationTargetException e) {
            refuse(e.getCause());
        } catch (LinkageError e) {
            refuse(e);
        }
    }

    /** A full disk, or the like, may pass: then the primary is to try again. */
    private static void refuse(Throwable why) {
        System.err.println("netcluster: this JVM cannot be a worker: " + why);
        Runtime.getRuntime().halt(why instanceof IOException ? FAILED : CANNOT_WORK);
    }
}
