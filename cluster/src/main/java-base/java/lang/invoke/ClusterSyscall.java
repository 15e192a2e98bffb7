package java.lang.invoke;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import jdk.internal.access.SharedSecrets;
import jdk.internal.foreign.abi.ABIDescriptor;
import jdk.internal.foreign.abi.NativeEntryPoint;
import jdk.internal.foreign.abi.StubLocations;
import jdk.internal.foreign.abi.VMStorage;
import jdk.internal.foreign.abi.x64.X86_64Architecture;
import jdk.internal.foreign.abi.x64.X86_64Architecture.Regs;
import jdk.internal.foreign.abi.x64.X86_64Architecture.StorageType;
import jdk.internal.loader.BootLoader;
import jdk.internal.misc.Unsafe;
import sun.nio.ch.IOUtil;

/**
 * syscall(2), called through the same stub that {@link java.lang.foreign.Linker} makes for a downcall, but without what
 * the linker puts before it: classes that turn layouts and segments into the addresses and numbers which are given here
 * anyway. To spin these takes a cold JVM 100 ms of processor time, and the stub a few. It is called as a method handle's
 * own code calls it, for which this class is in that package. The memory for the arguments comes without an arena, for the
 * same reason.
 *
 * <p>Known for HotSpot 25 on x86-64; for any other the linker is to be asked.
 */
public final class ClusterSyscall {
    private static final int RELEASE = 25;
    private static final int ERRNO = 1 << 2; // capture_state in downcallLinker.cpp, MASKS in CapturableState

    private static final Unsafe UNSAFE = Unsafe.getUnsafe();

    /** Where the next call's errno may go, or 0: a call needs no new place as long as no other is under way. */
    private static final AtomicLong SPARE = new AtomicLong();

    private static final long FUNCTION = isKnown() ? function() : 0;
    private static final NativeEntryPoint STUB = FUNCTION == 0 ? null : entryPoint();

    private ClusterSyscall() {}

    private static boolean isKnown() {
        return Runtime.version().feature() == RELEASE
                && System.getProperty("os.arch").equals("amd64")
                && System.getProperty("os.name").equals("Linux");
    }

    private static long function() {
        IOUtil.load(); // libnio is linked with the C library
        return BootLoader.getNativeLibraries().find("syscall");
    }

    /**
     * Makes the stub, unless it has been made; returns whether {@link #call} can be used.
     *
     * @throws LinkageError in another virtual machine, with classes of its own: it cannot
     */
    public static boolean link() {
        return STUB != null;
    }

    /**
     * Makes a system call.
     *
     * @return what syscall(2) returned, or minus the errno
     */
    public static long call(long number, long a, long b, long c, long d, long e) {
        long spare = SPARE.getAndSet(0);
        long errno = spare == 0 ? UNSAFE.allocateMemory(Integer.BYTES) : spare;
        long result;
        try {
            result = (long) MethodHandle.linkToNative(FUNCTION, errno, number, a, b, c, d, e, STUB);
        } catch (Throwable t) {
            throw new AssertionError("the stub's type does not fit", t);
        }
        if (result == -1) {
            result = -UNSAFE.getInt(errno);
        }
        if (!SPARE.compareAndSet(0, errno)) {
            UNSAFE.freeMemory(errno);
        }
        return result;
    }

    /** So many zeroed bytes, at a multiple of 8; the caller's to free. */
    public static long allocate(int bytes) {
        long address = UNSAFE.allocateMemory(bytes);
        UNSAFE.setMemory(address, bytes, (byte) 0);
        return address;
    }

    /** Memory as a direct buffer, which does not free it. */
    public static ByteBuffer view(long address, int bytes) {
        return SharedSecrets.getJavaNioAccess().newDirectByteBuffer(address, bytes);
    }

    /** Frees what was allocated. */
    public static void free(long address) {
        UNSAFE.freeMemory(address);
    }

    /** Where a direct buffer begins, whatever its position. */
    public static long address(ByteBuffer buffer) {
        return SharedSecrets.getJavaNioAccess().getBufferAddress(buffer);
    }

    /** Arguments: the function, where errno goes, and six integers in the registers of the System V ABI, 3.2.3. */
    private static NativeEntryPoint entryPoint() {
        VMStorage function = StubLocations.TARGET_ADDRESS.storage(StorageType.PLACEHOLDER);
        VMStorage errno = StubLocations.CAPTURED_STATE_BUFFER.storage(StorageType.PLACEHOLDER);
        VMStorage[] arguments = {function, errno, Regs.rdi, Regs.rsi, Regs.rdx, Regs.rcx, Regs.r8, Regs.r9};
        Class<?>[] types = new Class<?>[arguments.length];
        Arrays.fill(types, long.class);
        return NativeEntryPoint.make(
                convention(function, errno),
                arguments,
                new VMStorage[] {Regs.rax},
                MethodType.methodType(long.class, types),
                false, // one result needs no buffer
                ERRNO,
                true, // a call may block, and a collection must not wait for it
                false); // errno's place is given by its address
    }

    /** As {@code jdk.internal.foreign.abi.x64.sysv.CallArranger} has it, which keeps it to itself. */
    private static ABIDescriptor convention(VMStorage function, VMStorage errno) {
        return new ABIDescriptor(
                X86_64Architecture.INSTANCE,
                new VMStorage[][] {
                    {Regs.rdi, Regs.rsi, Regs.rdx, Regs.rcx, Regs.r8, Regs.r9, Regs.rax},
                    {Regs.xmm0, Regs.xmm1, Regs.xmm2, Regs.xmm3, Regs.xmm4, Regs.xmm5, Regs.xmm6, Regs.xmm7}
                },
                new VMStorage[][] {
                    {Regs.rax, Regs.rdx},
                    {Regs.xmm0, Regs.xmm1},
                    {X86_64Architecture.x87Storage(0), X86_64Architecture.x87Storage(1)}
                },
                new VMStorage[][] {
                    {Regs.r10, Regs.r11},
                    {
                        Regs.xmm8, Regs.xmm9, Regs.xmm10, Regs.xmm11, Regs.xmm12, Regs.xmm13, Regs.xmm14,
                        Regs.xmm15, Regs.xmm16, Regs.xmm17, Regs.xmm18, Regs.xmm19, Regs.xmm20, Regs.xmm21,
                        Regs.xmm22, Regs.xmm23, Regs.xmm24, Regs.xmm25, Regs.xmm26, Regs.xmm27, Regs.xmm28,
                        Regs.xmm29, Regs.xmm30, Regs.xmm31
                    }
                },
                16, // bytes that the stack is aligned to
                0, // no shadow space
                Regs.r10,
                Regs.r11,
                function,
                StubLocations.RETURN_BUFFER.storage(StorageType.PLACEHOLDER),
                errno);
    }
}
