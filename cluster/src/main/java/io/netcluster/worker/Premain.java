package io.netcluster.worker;

import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.Instrumentation;
import java.security.CodeSource;
import java.security.ProtectionDomain;
import java.security.cert.Certificate;
import java.util.function.Supplier;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

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
    public static void premain(String arguments, Instrumentation instrumentation) {
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

    private static void start(Instrumentation instrumentation) {
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
        try {
            Class.forName("io.netcluster.worker.Agent", true, new Loader(new File(agent), instrumentation));
        } catch (ExceptionInInitializerError e) {
            refuse(e.getCause());
        } catch (LinkageError | ReflectiveOperationException | IOException e) {
            refuse(e);
        }
    }

    /**
     * The agent's class loader, which has what the JVM gave for the class that it loads first.
     *
     * <p>That class starts as it is initialized: to call a method of it by reflection, a JVM that has just started would
     * first have to make the classes that do so. And it reads the jar by itself, as {@link java.net.URLClassLoader} does
     * much that nobody here needs, and that takes a JVM that has just started longer than all else.
     */
    private static final class Loader extends ClassLoader implements Supplier<Instrumentation> {
        static {
            registerAsParallelCapable();
        }

        private final ZipFile jar;
        private final ProtectionDomain domain;
        private final Instrumentation instrumentation;

        Loader(File file, Instrumentation instrumentation) throws IOException {
            super(null);
            this.jar = new ZipFile(file);
            // an AOT cache keeps classes that come from a file
            this.domain = new ProtectionDomain(new CodeSource(file.toURI().toURL(), (Certificate[]) null), null);
            this.instrumentation = instrumentation;
        }

        @Override
        public Instrumentation get() {
            return instrumentation;
        }

        @Override
        public InputStream getResourceAsStream(String name) {
            try {
                ZipEntry entry = jar.getEntry(name);
                return entry == null ? null : jar.getInputStream(entry);
            } catch (IOException e) {
                return null; // as of any class loader
            }
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            ZipEntry entry = jar.getEntry(name.replace('.', '/') + ".class");
            if (entry == null) {
                throw new ClassNotFoundException(name);
            }
            byte[] bytes = new byte[(int) entry.getSize()];
            try (DataInputStream in = new DataInputStream(jar.getInputStream(entry))) {
                in.readFully(bytes);
            } catch (IOException e) {
                throw new ClassNotFoundException(name + " cannot be read from " + jar.getName(), e);
            }
            return defineClass(name, bytes, 0, bytes.length, domain);
        }
    }

    /** A full disk, or the like, may pass: then the primary is to try again. */
    private static void refuse(Throwable why) {
        System.err.println("netcluster: this JVM cannot be a worker: " + why);
        Runtime.getRuntime().halt(why instanceof IOException ? FAILED : CANNOT_WORK);
    }
}
