package io.netcluster.junit;

import io.netcluster.LeaseOptions;
import io.netcluster.PortLease;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;

/** Fills what is marked with {@link FreePort}. JUnit closes the leases, which are kept in its stores. */
final class FreePortExtension implements BeforeAllCallback, BeforeEachCallback, ParameterResolver {
    private static final ExtensionContext.Namespace LEASES = ExtensionContext.Namespace.create(FreePortExtension.class);

    /** A constructor's parameter is the test's too, and not the class's. */
    @Override
    public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
        return ExtensionContextScope.TEST_METHOD;
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.isAnnotated(FreePort.class);
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        var wanted = parameter.findAnnotation(FreePort.class).orElseThrow();
        var type = parameter.getParameter().getType();
        if (!fits(type)) {
            throw new ParameterResolutionException(misplaced(type));
        }
        try {
            return value(type, wanted, context);
        } catch (IOException | IllegalArgumentException e) {
            throw new ParameterResolutionException(failure(e), e);
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IllegalAccessException {
        fill(context.getRequiredTestClass(), null, field -> Modifier.isStatic(field.getModifiers()), context);
    }

    @Override
    public void beforeEach(ExtensionContext context) throws IllegalAccessException {
        for (var instance : context.getRequiredTestInstances().getAllInstances()) {
            fill(instance.getClass(), instance, field -> !Modifier.isStatic(field.getModifiers()), context);
        }
    }

    private static void fill(Class<?> type, @Nullable Object instance, Predicate<Field> which, ExtensionContext context)
            throws IllegalAccessException {
        for (var field :
                AnnotationSupport.findAnnotatedFields(type, FreePort.class, which, HierarchyTraversalMode.TOP_DOWN)) {
            if (!fits(field.getType()) || Modifier.isFinal(field.getModifiers())) {
                throw new ExtensionConfigurationException(
                        Modifier.isFinal(field.getModifiers())
                                ? "@FreePort cannot fill " + field + ", which is final"
                                : misplaced(field.getType()));
            }
            try {
                field.setAccessible(true);
                field.set(instance, value(field.getType(), field.getAnnotation(FreePort.class), context));
            } catch (IOException | IllegalArgumentException e) {
                throw new ExtensionConfigurationException(failure(e), e);
            }
        }
    }

    private static boolean fits(Class<?> type) {
        return type == int.class || type == Integer.class || type == PortLease.class;
    }

    private static String misplaced(Class<?> type) {
        return "@FreePort fills an int, an Integer or a PortLease, and no " + type.getSimpleName();
    }

    private static String failure(Exception cause) {
        return "cannot lease what @FreePort asks for: " + cause.getMessage();
    }

    private static Object value(Class<?> type, FreePort wanted, ExtensionContext context) throws IOException {
        var options = LeaseOptions.defaults().count(wanted.count());
        if (wanted.udp()) {
            options = options.udp();
        }
        if (wanted.first() != 0 || wanted.last() != 0) {
            options = options.range(wanted.first(), wanted.last());
        }
        var lease = PortLease.take(options);
        context.getStore(LEASES).put(lease, lease);
        return type == PortLease.class ? lease : (Object) lease.port();
    }
}
