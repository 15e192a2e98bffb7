package io.netcluster.worker;

import io.netcluster.sys.Linux;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.ClusterSyscall;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import sun.nio.ch.ClusterSockets;

/**
 * Hands {@code sys} what java.base has inside: the stub of a system call, and the linker, which needs no
 * {@code --enable-native-access} there.
 *
 * <p>A class and no method references, which would have to be linked on every worker's way to its main.
 */
final class InsideJavaBase implements Linux.Linking, Linux.Stub, Function<Object[], MethodHandle> {
    @Override
    public Linux.@Nullable Stub stub() {
        try {
            return ClusterSyscall.link() ? this : null;
        } catch (LinkageError e) {
            return null; // another virtual machine than HotSpot, which has a linker too
        }
    }

    @Override
    public long call(long number, long a, long b, long c, long d, long e) {
        return ClusterSyscall.call(number, a, b, c, d, e);
    }

    @Override
    public long allocate(int bytes) {
        return ClusterSyscall.allocate(bytes);
    }

    @Override
    public ByteBuffer view(long address, int bytes) {
        return ClusterSyscall.view(address, bytes);
    }

    @Override
    public void free(long address) {
        ClusterSyscall.free(address);
    }

    @Override
    public long address(ByteBuffer buffer) {
        return ClusterSyscall.address(buffer);
    }

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
