package io.netcluster.sys;

import static java.lang.invoke.MethodType.methodType;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import org.jspecify.annotations.Nullable;
import sun.reflect.ReflectionFactory;

/**
 * Lets this package use what the JDK keeps to itself about its sockets.
 *
 * <p>There is no public way from a {@code SocketChannel} to its descriptor, nor back. So one class of ours, {@code
 * ClusterChannels}, is defined in java.base beside the JDK's sockets, and the package {@code sun.nio.ch} is exported to
 * our module and no other, by what jdk.unsupported still offers to serialization libraries: a constructor of any class,
 * here of a lookup that may do all. A program that sends no socket never comes here. Should a later JDK close that way,
 * {@code --add-opens} is the other one.
 */
final class JavaBase {
    private static final String PACKAGE = "sun.nio.ch";
    private static final String CLASS = "sun.nio.ch.ClusterChannels";
    private static final String RESOURCE = "/META-INF/netcluster/sun/nio/ch/ClusterChannels.class";

    private static volatile boolean open;

    private JavaBase() {}

    /**
     * Makes ClusterChannels usable; after the first time, does nothing.
     *
     * @throws UnsupportedOperationException if this JVM does not let us; the text says which option it must be given
     */
    static void open() {
        if (!open) {
            try {
                openOnce();
            } catch (Throwable e) {
                var module = JavaBase.class.getModule();
                throw new UnsupportedOperationException(
                        "sockets cannot be sent or received in this JVM: start it with --add-opens java.base/" + PACKAGE
                                + "=" + (module.isNamed() ? module.getName() : "ALL-UNNAMED"),
                        e);
            }
            open = true;
        }
    }

    private static void openOnce() throws Throwable {
        var javaBase = Object.class.getModule();
        var ours = JavaBase.class.getModule();
        if (javaBase.isOpen(PACKAGE, ours)) {
            if (defined() == null) {
                define(MethodHandles.privateLookupIn(neighbour(), MethodHandles.lookup()));
            }
            return;
        }
        var trusted = trustedLookup();
        if (defined() == null) {
            define(trusted.in(neighbour()));
        }
        trusted.findVirtual(Module.class, "implAddExports", methodType(void.class, String.class, Module.class))
                .invokeExact(javaBase, PACKAGE, ours);
    }

    /** One that may do all. */
    static Lookup trustedLookup() throws ReflectiveOperationException {
        return (Lookup) ReflectionFactory.getReflectionFactory()
                .newConstructorForSerialization(
                        Lookup.class, Lookup.class.getDeclaredConstructor(Class.class, Class.class, int.class))
                .newInstance(Object.class, null, -1); // -1 is Lookup.TRUSTED
    }

    private static Class<?> neighbour() throws ClassNotFoundException {
        return Class.forName("sun.nio.ch.DirectBuffer", false, null);
    }

    /** Null if it is not there; another class loader's copy of this class may have defined it. */
    private static @Nullable Class<?> defined() {
        try {
            return Class.forName(CLASS, false, null);
        } catch (ClassNotFoundException e) {
            return null;
        }
    }

    private static void define(Lookup inside) throws IOException, IllegalAccessException {
        try (var bytes = JavaBase.class.getResourceAsStream(RESOURCE)) {
            if (bytes == null) {
                throw new IOException(RESOURCE + " is missing beside " + JavaBase.class.getName());
            }
            inside.defineClass(bytes.readAllBytes());
        } catch (LinkageError e) {
            if (defined() == null) {
                throw e;
            } // else another copy of this class was quicker
        }
    }
}
