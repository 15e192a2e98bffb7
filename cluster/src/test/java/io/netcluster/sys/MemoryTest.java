package io.netcluster.sys;

import static java.lang.invoke.MethodType.methodType;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Memory for system calls is the same, wherever it comes from. */
final class MemoryTest {
    private static final int MANY = 10_000;
    private static final int LARGE = 64 << 10;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void isZeroedAndAlignedAndOfItsSize(boolean stub) throws Exception {
        var way = way(stub);
        for (int size : new int[] {1, 4, 12, 20, 116, 121, 4096, 100_000}) {
            for (int round = 0; round < 50; round++) {
                try (var memory = Memory.of(way, size)) {
                    assertThat(memory.address()).isNotZero();
                    assertThat(memory.address() % 8).isZero();
                    var buffer = memory.buffer();
                    assertThat(buffer.isDirect()).isTrue();
                    assertThat(buffer.order()).isEqualTo(ByteOrder.nativeOrder());
                    assertThat(buffer.capacity()).isEqualTo(size);
                    assertThat(buffer.remaining()).isEqualTo(size);
                    byte[] bytes = new byte[size];
                    buffer.get(0, bytes);
                    assertThat(bytes).isEqualTo(new byte[size]);
                    Arrays.fill(bytes, (byte) -1);
                    buffer.put(0, bytes); // for the next round, which gets the same place
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theKernelFindsAtTheAddressWhatWasPutIntoTheBuffer(boolean stub) throws Exception {
        var pair = Sockets.pair();
        try (var memory = Memory.of(way(stub), 20)) {
            memory.buffer().putInt(0, 12345).putInt(16, 4);
            long set = Linux.call(SystemCall.SETSOCKOPT, pair.one(), 1, 8, memory.address(), 4); // SO_RCVBUF
            assertThat(set).isZero();
            long got = Linux.call(SystemCall.GETSOCKOPT, pair.one(), 1, 8, memory.address(), memory.address() + 16);
            assertThat(got).isZero();
            assertThat(memory.buffer().getInt(0)).isEqualTo(2 * 12345); // socket(7)
        } finally {
            Descriptors.close(pair.one());
            Descriptors.close(pair.other());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsClosedIsFree(boolean stub) throws Exception {
        var way = way(stub);
        fill(way, MANY / 10);
        long before = Processes.residentBytes(ProcessHandle.current().pid());
        fill(way, MANY); // 640 MB, if none of it were given back
        long grown = Processes.residentBytes(ProcessHandle.current().pid()) - before;
        assertThat(grown).isLessThan(300L << 20); // the heap is in it
    }

    private static void fill(Linux.@Nullable Stub way, int times) {
        for (int i = 0; i < times; i++) {
            try (var memory = Memory.of(way, LARGE)) {
                memory.buffer().putLong(LARGE - 8, i);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void itMayBeClosedTwice(boolean stub) throws Exception {
        var memory = Memory.of(way(stub), 8);
        memory.close();
        assertThat(memory.address()).isZero();
        memory.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1})
    void thereIsNoneOfNoBytes(int bytes) {
        assertThatIllegalArgumentException().isThrownBy(() -> Memory.of(bytes));
    }

    @Test
    void aStringEndsWithANul() {
        try (var memory = Memory.of("/tmp/ä")) {
            byte[] bytes = new byte[memory.buffer().capacity()];
            memory.buffer().get(0, bytes);
            assertThat(bytes).containsExactly('/', 't', 'm', 'p', '/', 0xc3, 0xa4, 0);
        }
    }

    @Test
    void theAddressOfABufferIsWhereItsPositionIs() throws Exception {
        var whole = ByteBuffer.allocateDirect(10);
        long address = Memory.address(whole);
        assertThat(Memory.address(whole.position(2))).isEqualTo(address + 2);
        assertThat(Memory.address(whole.slice().position(3))).isEqualTo(address + 5);
        var stub = way(true);
        assertThat(stub).isNotNull();
        assertThat(stub.address(whole)).isEqualTo(address);
        assertThat(stub.address(whole.slice())).isEqualTo(address + 2);
    }

    @Test
    void aStubTellsEachThreadItsOwnErrno() throws Exception {
        var stub = way(true);
        assertThat(stub).isNotNull();
        var wrong = new AtomicInteger();
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < 4; i++) {
            boolean closes = i % 2 == 0;
            threads.add(Thread.ofPlatform().start(() -> {
                for (int call = 0; call < MANY; call++) {
                    long result = closes
                            ? stub.call(SystemCall.CLOSE.number(), -1, 0, 0, 0, 0)
                            : stub.call(SystemCall.SOCKET.number(), 9999, 0, 0, 0, 0);
                    var expected = closes ? Errno.EBADF : Errno.EAFNOSUPPORT;
                    if (result != -expected.number()) {
                        wrong.incrementAndGet();
                    }
                }
            }));
        }
        for (var thread : threads) {
            thread.join();
        }
        assertThat(wrong).hasValue(0);
    }

    /** The stub of a worker, defined here as the agent does it there; null is the way without one. */
    private static Linux.@Nullable Stub way(boolean stub) {
        if (!stub) {
            return null;
        }
        assumeTrue(System.getProperty("os.arch").equals("amd64"), "elsewhere the linker is asked");
        return InJavaBase.STUB;
    }

    /** Calls ClusterSyscall, which is not known where this is compiled. */
    private record InJavaBase(Lookup trusted, Class<?> type) implements Linux.Stub {
        static final Linux.Stub STUB = define();

        private static Linux.Stub define() {
            try (var bytes =
                    Linux.class.getResourceAsStream("/META-INF/netcluster/java/lang/invoke/ClusterSyscall.class")) {
                assertThat(bytes).isNotNull();
                var trusted = JavaBase.trustedLookup();
                var neighbour = Class.forName("java.lang.invoke.MethodHandles", false, null);
                var stub = new InJavaBase(trusted, trusted.in(neighbour).defineClass(bytes.readAllBytes()));
                assertThat(stub.invoke("link", methodType(boolean.class))).isEqualTo(true);
                return stub;
            } catch (IOException | ReflectiveOperationException e) {
                throw new AssertionError(e);
            }
        }

        private Object invoke(String method, MethodType signature, Object... arguments) {
            try {
                return trusted.findStatic(type, method, signature).invokeWithArguments(arguments);
            } catch (Throwable t) {
                throw new AssertionError(t);
            }
        }

        @Override
        public long call(long number, long a, long b, long c, long d, long e) {
            var six = new Class<?>[6];
            Arrays.fill(six, long.class);
            return (long) invoke("call", methodType(long.class, six), number, a, b, c, d, e);
        }

        @Override
        public long allocate(int bytes) {
            return (long) invoke("allocate", methodType(long.class, int.class), bytes);
        }

        @Override
        public ByteBuffer view(long address, int bytes) {
            return (ByteBuffer) invoke("view", methodType(ByteBuffer.class, long.class, int.class), address, bytes);
        }

        @Override
        public void free(long address) {
            var _ = invoke("free", methodType(void.class, long.class), address);
        }

        @Override
        public long address(ByteBuffer buffer) {
            return (long) invoke("address", methodType(long.class, ByteBuffer.class), buffer);
        }
    }
}
