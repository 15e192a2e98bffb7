package io.netcluster.sys;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The one way into the kernel: {@code syscall(2)}, by a stub inside java.base where there is one, and else by a single
 * downcall handle.
 *
 * <p>One handle, because linking is what costs: seven handles take some 60 ms longer to link than one. It is linked by
 * the first call; in a worker that is the link's thread, beside the program's own start.
 */
public final class Linux {
    private static volatile @Nullable Linking linking;

    private Linux() {}

    /** Makes downcall handles; the agent has one that belongs to java.base, which may do so without being asked. */
    @FunctionalInterface
    public interface Linking {
        /** As {@link Linker#downcallHandle(MemorySegment, FunctionDescriptor, Linker.Option...)}, by a C function's name. */
        MethodHandle downcallHandle(String function, FunctionDescriptor descriptor, Linker.Option option);

        /** What makes system calls without a downcall handle, in a hundredth of a second; null where nothing does. */
        default @Nullable Stub stub() {
            return null;
        }
    }

    /** Makes system calls, and has the memory for what they are given, without {@code java.lang.foreign}. */
    public interface Stub {
        /** Makes a system call; returns what it returned, or minus the errno. */
        long call(long number, long a, long b, long c, long d, long e);

        /** So many zeroed bytes, at a multiple of 8; the caller's to free. */
        long allocate(int bytes);

        /** A direct buffer of so many bytes of memory, which is not kept by it. */
        ByteBuffer view(long address, int bytes);

        /** Frees what was allocated, once. */
        void free(long address);

        /** Where a direct buffer begins, whatever its position. */
        long address(ByteBuffer buffer);
    }

    /** Sets how the handle will be linked; to be called before the first system call. */
    public static void linkWith(Linking way) {
        linking = way;
    }

    /** As {@link #linkWith}, by another copy of this class, which takes the three arguments as an array. */
    public static void linkThrough(Function<Object[], MethodHandle> other) {
        linking = (function, descriptor, option) -> other.apply(new Object[] {function, descriptor, option});
    }

    @SuppressWarnings("restricted")
    private static MethodHandle link(String function, FunctionDescriptor descriptor, Linker.Option option) {
        var way = linking;
        if (way != null) {
            return way.downcallHandle(function, descriptor, option);
        }
        var linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(function), descriptor, option);
    }

    /** Whether this is Linux on a processor whose system call numbers are known. */
    public static boolean isSupported() {
        return System.getProperty("os.name").equals("Linux") && SystemCall.ARCHITECTURE != Architecture.OTHER;
    }

    /** Links now, instead of at the first call. */
    public static void link() {
        if (Inside.STUB == null) {
            Handle.SYSCALL.type();
        }
    }

    /** What makes the calls in place of the handle; null where nothing does. */
    static @Nullable Stub stub() {
        return Inside.STUB;
    }

    /** Makes a system call; unused arguments are 0. Returns what it returned, or minus the errno. */
    static long call(SystemCall call, long a, long b, long c, long d, long e) {
        var stub = Inside.STUB;
        return stub == null ? Handle.call(call, a, b, c, d, e) : stub.call(call.number(), a, b, c, d, e);
    }

    static long call(SystemCall call, long a, long b, long c) {
        return call(call, a, b, c, 0, 0);
    }

    /** Makes the calls of one thread at a time, without an arena for each: the errno of the handle's has a place of its own. */
    static final class Caller {
        private final @Nullable Captured captured = Inside.STUB == null ? new Captured(Arena.ofAuto()) : null;

        /** As {@link Linux#call(SystemCall, long, long, long)}. */
        long call(SystemCall call, long a, long b, long c) {
            return captured == null ? Linux.call(call, a, b, c) : captured.call(call, a, b, c, 0, 0);
        }
    }

    private static final class Inside {
        static final @Nullable Stub STUB = linking == null ? null : linking.stub();
    }

    /** The state that the handle captures, and its calls with it: errno is all there is of it. */
    private static final class Captured {
        /** Bytes, and their alignment; Linker.Option.captureStateLayout() has an int for errno. */
        private static final int SIZE = 4;

        private final MemorySegment state;
        private final ByteBuffer errno;

        Captured(Arena arena) {
            state = arena.allocate(SIZE, SIZE);
            // getting it by a value layout would link a VarHandle, in 10 ms
            errno = state.asByteBuffer().order(ByteOrder.nativeOrder());
        }

        long call(SystemCall call, long a, long b, long c, long d, long e) {
            long result;
            try {
                result = (long) Handle.SYSCALL.invokeExact(state, (long) call.number(), a, b, c, d, e);
            } catch (Throwable t) {
                throw new AssertionError(call + ": the handle's type does not fit", t);
            }
            return result == -1 ? -errno.getInt(0) : result;
        }
    }

    private static final class Handle {
        static final MethodHandle SYSCALL = link();

        static long call(SystemCall call, long a, long b, long c, long d, long e) {
            try (var arena = Arena.ofConfined()) {
                return new Captured(arena).call(call, a, b, c, d, e);
            }
        }

        private static MethodHandle link() {
            if (!isSupported()) {
                throw new UnsupportedOperationException("netcluster needs Linux on x86-64 or aarch64; this is "
                        + System.getProperty("os.name") + " on " + System.getProperty("os.arch"));
            }
            var descriptor =
                    FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
            try {
                // declared as long syscall(long number, ...), in unistd.h. Linux passes integers to a variadic function
                // as to any other, on both architectures; linking is 15 ms faster without firstVariadicArg
                return Linux.link("syscall", descriptor, Linker.Option.captureCallState("errno"));
            } catch (IllegalCallerException e) {
                throw new IllegalCallerException(
                        "netcluster may make no native calls in this JVM: start it with"
                                + " --enable-native-access=ALL-UNNAMED (or =io.netcluster on the module path)",
                        e);
            }
        }
    }
}
