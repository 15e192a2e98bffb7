package io.netcluster.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Native memory for what a system call is given and gives back: zeroed, aligned to 8 bytes, freed by {@link #close}. For
 * one thread at a time.
 *
 * <p>It comes from where the system call goes to. An arena has a cold JVM load some fifty classes on the way to its first
 * listener, which a worker does not where it has a stub; there nothing but care keeps the buffer from being used once it
 * is closed.
 */
final class Memory implements AutoCloseable {
    private final Linux.@Nullable Stub stub;
    private final @Nullable Arena arena;
    private final ByteBuffer buffer;
    private long address; // 0 once it is closed

    private Memory(Linux.Stub stub, int bytes) {
        this.stub = stub;
        arena = null;
        address = stub.allocate(bytes);
        buffer = stub.view(address, bytes).order(ByteOrder.nativeOrder());
    }

    private Memory(Arena arena, int bytes) {
        stub = null;
        this.arena = arena;
        var segment = arena.allocate(bytes, 8);
        address = segment.address();
        buffer = segment.asByteBuffer().order(ByteOrder.nativeOrder());
    }

    /** So many bytes, one at least; the caller's to close. */
    static Memory of(int bytes) {
        return of(Linux.stub(), bytes);
    }

    /** From a stub, or from an arena if there is none. */
    static Memory of(Linux.@Nullable Stub stub, int bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException(bytes + " bytes of memory");
        }
        return stub == null ? new Memory(Arena.ofConfined(), bytes) : new Memory(stub, bytes);
    }

    /** A string in UTF-8 with a NUL at its end; the caller's to close. */
    static Memory of(String string) {
        byte[] bytes = string.getBytes(StandardCharsets.UTF_8);
        var memory = of(bytes.length + 1);
        memory.buffer.put(0, bytes);
        return memory;
    }

    /** Where a direct buffer's position is. */
    static long address(ByteBuffer buffer) {
        var stub = Linux.stub();
        return stub == null ? MemorySegment.ofBuffer(buffer).address() : stub.address(buffer) + buffer.position();
    }

    /** Where it begins; 0 once it is closed. */
    long address() {
        return address;
    }

    /** All of it, in the machine's byte order; always the same buffer, and none once it is closed. */
    ByteBuffer buffer() {
        return buffer;
    }

    /** Frees it; a second time does nothing. */
    @Override
    public void close() {
        if (address == 0) {
            return;
        }
        long freed = address;
        address = 0;
        if (stub != null) {
            stub.free(freed);
        } else if (arena != null) {
            arena.close();
        }
    }
}
