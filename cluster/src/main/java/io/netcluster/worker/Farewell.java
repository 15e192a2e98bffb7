package io.netcluster.worker;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.lang.invoke.MethodType;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Has the program's HTTP servers say with each response that their connections end, from now on.
 *
 * <p>The classes are woven when the worker begins to drain, and not before: until then there is nothing of this in the
 * program, and start-up does nothing for it. A class of a shape that is not known is reported, and left alone.
 */
final class Farewell implements ClassFileTransformer, Runnable {
    private static final long ROUND_TRIP_MILLIS = 1_000;

    private final Instrumentation instrumentation;
    private final Set<String> refused = ConcurrentHashMap.newKeySet();

    Farewell(Instrumentation instrumentation) {
        this.instrumentation = instrumentation;
    }

    /** Weaves what has been loaded, and then what will be. */
    @Override
    public void run() {
        FarewellSite.prepare();
        instrumentation.addTransformer(this, true);
        for (Class<?> loaded : instrumentation.getAllLoadedClasses()) {
            var name = loaded.getName().replace('.', '/');
            if (!loaded.isHidden() && FarewellSite.in(name) != null) {
                try {
                    instrumentation.retransformClasses(loaded);
                } catch (UnmodifiableClassException | LinkageError e) {
                    refuse(name, e.toString());
                }
            }
        }
    }

    @Override
    public byte @Nullable [] transform(
            Module module,
            @Nullable ClassLoader loader,
            @Nullable String name,
            @Nullable Class<?> redefined,
            @Nullable ProtectionDomain domain,
            byte[] bytes) {
        if (loader == Farewell.class.getClassLoader()) {
            return null; // what is loaded in the course of this very method
        }
        var site = name == null ? null : FarewellSite.in(name);
        if (name == null || site == null) {
            return null;
        }
        try {
            return weave(site, name, loader == null ? ClassLoader.getSystemClassLoader() : loader, bytes);
        } catch (RuntimeException | ReflectiveOperationException | LinkageError e) {
            return refuse(name, e.toString());
        }
    }

    /**
     * Has a channel of Netty's closed, in its own orderly way, when what its client had sent before it was told has come.
     *
     * @param type the interface Channel, of that Netty
     */
    static void closeLater(Object channel, Class<?> type) {
        CompletableFuture.delayedExecutor(ROUND_TRIP_MILLIS, TimeUnit.MILLISECONDS)
                .execute(() -> {
                    try {
                        type.getMethod("close").invoke(channel);
                    } catch (ReflectiveOperationException e) {
                        return; // it stays until the client closes it, or time is up
                    }
                });
    }

    private byte @Nullable [] weave(FarewellSite site, String name, ClassLoader loader, byte[] bytes)
            throws ReflectiveOperationException {
        // by the classes that are loaded: a jar may have been replaced since, it is what reloads are for
        var classFile =
                ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofClassLoading(loader)));
        var original = classFile.parse(bytes);
        var names = site.names(name);
        var woven = new ArrayList<MethodModel>();
        ClassTransform transform = (builder, element) -> {
            if (element instanceof MethodModel method && isIn(site, names, method)) {
                woven.add(method);
                builder.transformMethod(method, MethodTransform.transformingCode(new Before(site, names)));
            } else {
                builder.with(element);
            }
        };
        var result = classFile.transformClass(original, transform);
        if (woven.isEmpty()) {
            return refuse(name, "it has another shape");
        }
        var missing = missing(original, classFile.parse(result), loader);
        return missing.isEmpty() ? result : refuse(name, "there is no " + String.join(", ", missing));
    }

    private static boolean isIn(FarewellSite site, FarewellSite.Names names, MethodModel method) {
        return site.isIn(method.methodName().stringValue() + method.methodType().stringValue(), names);
    }

    /** What a site writes, and then the method as it was. */
    private record Before(FarewellSite site, FarewellSite.Names names) implements CodeTransform {
        @Override
        public void atStart(CodeBuilder code) {
            var unchanged = code.newLabel();
            site.write(code, names, unchanged);
            code.labelBinding(unchanged);
        }

        @Override
        public void accept(CodeBuilder code, CodeElement element) {
            code.with(element);
        }
    }

    /** What the woven class uses beside what it has used before, and what does not exist: a response would fail of it. */
    private static List<String> missing(ClassModel original, ClassModel woven, ClassLoader loader)
            throws ReflectiveOperationException {
        var missing = new ArrayList<String>();
        for (var entry : woven.constantPool()) {
            if (entry.index() >= original.constantPool().size()
                    && entry instanceof MemberRefEntry member
                    && !exists(
                            Class.forName(member.owner().asInternalName().replace('/', '.'), false, loader),
                            member.name().stringValue(),
                            member.type().stringValue())) {
                missing.add(member.owner().asInternalName().replace('/', '.') + "."
                        + member.name().stringValue());
            }
        }
        return missing;
    }

    private static boolean exists(@Nullable Class<?> owner, String name, String descriptor) {
        if (owner == null) {
            return false;
        }
        boolean here = descriptor.startsWith("(")
                ? Arrays.stream(owner.getDeclaredMethods())
                        .anyMatch(method -> method.getName().equals(name)
                                && MethodType.methodType(method.getReturnType(), method.getParameterTypes())
                                        .descriptorString()
                                        .equals(descriptor))
                : Arrays.stream(owner.getDeclaredFields())
                        .anyMatch(field -> field.getName().equals(name)
                                && field.getType().descriptorString().equals(descriptor));
        return here
                || exists(owner.getSuperclass(), name, descriptor)
                || Arrays.stream(owner.getInterfaces()).anyMatch(type -> exists(type, name, descriptor));
    }

    private byte @Nullable [] refuse(String name, String why) {
        if (refused.add(name)) {
            System.err.println("netcluster: " + name.replace('/', '.')
                    + " cannot be made to announce the end of its connections while this worker drains: " + why
                    + "; those that are kept alive are waited for, and closed when time is up. Please report this.");
        }
        return null;
    }
}
