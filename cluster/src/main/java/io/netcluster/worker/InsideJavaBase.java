package io.netcluster.worker;

import io.netcluster.sys.Linux;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.util.function.Function;
import sun.nio.ch.ClusterSockets;

/**
 * Hands {@code sys} the linker inside java.base, which needs no {@code --enable-native-access}.
 *
 * <p>A class and no method reference, which would have to be linked on every worker's way to its main.
 */
final class InsideJavaBase implements Linux.Linking, Function<Object[], MethodHandle> {
    @Override
    public MethodHandle downcallHandle(String function, FunctionDescriptor descriptor, Linker.Option option) {
        return ClusterSockets.downcall(function, descriptor, option);
    }

    /** For another copy of {@code sys} in this JVM, which knows these three arguments by the JDK's types alone. */
    @Override
    public MethodHandle apply(Object[] arguments) {
        return downcallHandle((String) arguments[0], (FunctionDescriptor) arguments[1], (Linker.Option) arguments[2]);
    }
}
