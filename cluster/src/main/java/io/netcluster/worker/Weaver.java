package io.netcluster.worker;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Rewrites calls to bind, listen, configureBlocking and close as the classes that make them load.
 *
 * <p>A class of a shape that is not known is reported, and left alone as a whole: its sockets are then the worker's own.
 */
final class Weaver implements ClassFileTransformer {
    private final Instrumentation instrumentation;
    private final WovenClasses kept;

    Weaver(Instrumentation instrumentation, WovenClasses kept) {
        this.instrumentation = instrumentation;
        this.kept = kept;
    }

    @Override
    public byte @Nullable [] transform(
            Module module,
            @Nullable ClassLoader loader,
            @Nullable String name,
            @Nullable Class<?> redefined,
            @Nullable ProtectionDomain domain,
            byte[] bytes) {
        if (name == null) {
            return null;
        }
        try {
            if (loader == null) {
                return JdkClasses.isWoven(name) ? weaveJdk(name, bytes) : null;
            }
            if (NettySites.isWoven(name)) {
                // Netty's module, often the unnamed one of its loader, calls the hook: the package is exported to it
                instrumentation.redefineModule(
                        Object.class.getModule(),
                        Set.of(),
                        Map.of("sun.nio.ch", Set.of(module)),
                        Map.of(),
                        Set.of(),
                        Map.of());
                return weave(name, bytes, NettySites.rewriting(name), ClassHierarchyResolver.ofResourceParsing(loader));
            }
            return null;
        } catch (RuntimeException | LinkageError e) {
            return refuse(name, e.toString());
        }
    }

    private byte @Nullable [] weaveJdk(String name, byte[] bytes) {
        var known = kept.find(name, bytes);
        if (known != null) {
            return known;
        }
        var woven = weave(name, bytes, JdkSites.rewriting(name), ClassHierarchyResolver.defaultResolver());
        if (woven != null) {
            kept.keep(name, bytes, woven);
        }
        return woven;
    }

    private static byte @Nullable [] weave(
            String name, byte[] bytes, CallRewriting rewriting, ClassHierarchyResolver hierarchy) {
        var classFile = ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(hierarchy));
        ClassTransform woven = (builder, element) -> {
            if (element instanceof MethodModel method
                    && rewriting.concerns(method.methodName().stringValue())) {
                builder.transformMethod(method, MethodTransform.transformingCode(rewritten(method, rewriting)));
            } else {
                builder.with(element);
            }
        };
        var result = classFile.transformClass(classFile.parse(bytes), woven);
        return rewriting.isComplete() ? result : refuse(name, "its calls are not the ones expected");
    }

    private static CodeTransform rewritten(MethodModel method, CallRewriting rewriting) {
        var name = method.methodName().stringValue();
        return (code, element) -> {
            if (!(element instanceof InvokeInstruction call && rewriting.rewrite(code, name, call))) {
                code.with(element);
            }
        };
    }

    private static byte @Nullable [] refuse(String name, String why) {
        System.err.println("netcluster: " + name.replace('/', '.') + " of " + Runtime.version()
                + " cannot be made to share its listeners: " + why
                + "; each worker binds them for itself. Please report this.");
        return null;
    }
}
