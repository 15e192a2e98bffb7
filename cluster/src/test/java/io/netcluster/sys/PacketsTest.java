package io.netcluster.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Bytes and descriptors arrive as they were sent, and no descriptor is left over when something is wrong. */
final class PacketsTest {
    private static final IntConsumer NO_DESCRIPTOR = fd -> {
        throw new AssertionError("descriptor " + fd + " came");
    };

    private long before;
    private Sockets.Pair pair;
    private PacketWriter writer;
    private PacketReader reader;

    @BeforeEach
    void connect() throws Exception {
        Linux.link();
        before = OpenDescriptors.count();
        pair = Sockets.pair();
        writer = new PacketWriter(pair.one());
        reader = new PacketReader(pair.other());
    }

    @AfterEach
    void nothingLeaks() {
        Descriptors.close(pair.one());
        Descriptors.close(pair.other());
        assertThat(OpenDescriptors.count()).isEqualTo(before);
    }

    @Test
    void bytesSentInPiecesAreReadAtOnce() throws Exception {
        writer.write(bytes("one "));
        writer.write(bytes("two"));
        assertThat(read(100, NO_DESCRIPTOR)).isEqualTo("one two");
    }

    @Test
    void positionsTellWhatWasDone() throws Exception {
        var from = bytes("abcdef").position(2).limit(5);
        assertThat(writer.write(from)).isEqualTo(3);
        assertThat(from.position()).isEqualTo(5);
        var into = ByteBuffer.allocateDirect(10).position(4);
        assertThat(reader.read(into, NO_DESCRIPTOR)).isEqualTo(3);
        assertThat(text(into.flip().position(4))).isEqualTo("cde");
    }

    @Test
    void aSliceIsReadWhereItBegins() throws Exception {
        writer.write(bytes("abcdef").position(2).slice());
        var whole = ByteBuffer.allocateDirect(10);
        reader.read(whole.slice(3, 7), NO_DESCRIPTOR);
        assertThat(whole.get(3)).isEqualTo((byte) 'c');
    }

    @Test
    void aDescriptorComesWithTheBytesItWasSentWithAndNoneThatFollow() throws Exception {
        var sent = Sockets.pair();
        writer.write(bytes("before "));
        writer.write(bytes("with"), sent.one());
        writer.write(bytes("after"));
        var came = new ArrayList<Integer>();
        assertThat(read(100, came::add)).isEqualTo("before with");
        assertThat(read(100, NO_DESCRIPTOR)).isEqualTo("after");
        Descriptors.close(sent.one()); // the duplicate that came keeps the connection
        Packets.send(came.getFirst(), new byte[] {7});
        var seven = new byte[1];
        assertThat(Packets.receive(sent.other(), seven)).isTrue();
        assertThat(seven).containsExactly(7);
        Descriptors.close(sent.other());
        assertThat(came).hasSize(1);
        Descriptors.close(came.getFirst());
    }

    @Test
    void aDescriptorComesWithTheFirstPartOfItsBytes() throws Exception {
        writer.write(bytes("abcdef"), pair.one());
        var came = new ArrayList<Integer>();
        assertThat(read(2, came::add)).isEqualTo("ab");
        assertThat(came).hasSize(1);
        assertThat(read(100, NO_DESCRIPTOR)).isEqualTo("cdef");
        Descriptors.close(came.getFirst());
    }

    @Test
    void asManyDescriptorsAsMayBeSentAtOnceComeInOrder() throws Exception {
        writer.write(bytes("x"), most().stream().mapToInt(fd -> fd).toArray());
        var came = new ArrayList<Integer>();
        read(1, came::add);
        assertThat(came).hasSize(PacketWriter.MOST).isSorted();
        came.forEach(Descriptors::close);
    }

    @Test
    void moreDescriptorsThanThereIsRoomForAreAllClosed() throws Exception {
        var many = new ArrayList<>(most());
        many.add(pair.one());
        sendDescriptors(pair.one(), many);
        assertThatThrownBy(() -> read(1, NO_DESCRIPTOR))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("room");
    }

    @Test
    void whoTakesOneDescriptorAndFailsGetsNoOther() throws Exception {
        sendDescriptors(pair.one(), most());
        assertThatThrownBy(() -> read(1, fd -> {
                    Descriptors.close(fd);
                    throw new IllegalStateException("enough");
                }))
                .hasMessage("enough");
    }

    @Test
    void theEndIsMinusOne() throws Exception {
        writer.write(bytes("last"));
        Sockets.shutdown(pair.one());
        assertThat(read(100, NO_DESCRIPTOR)).isEqualTo("last");
        assertThat(reader.read(ByteBuffer.allocateDirect(1), NO_DESCRIPTOR)).isEqualTo(-1);
        assertThat(reader.readNow(ByteBuffer.allocateDirect(1), NO_DESCRIPTOR)).isEqualTo(-1);
    }

    @Test
    void nothingIsThereNow() throws Exception {
        assertThat(reader.readNow(ByteBuffer.allocateDirect(1), NO_DESCRIPTOR)).isZero();
    }

    @Test
    void aFullBufferTakesNothingAndNoDescriptorUntilThereIsRoom() throws Exception {
        var chunk = ByteBuffer.allocateDirect(1 << 16);
        while (writer.write(chunk.clear()) > 0) {}
        assertThat(chunk.position()).isZero();
        assertThat(writer.write(bytes("x"), pair.one())).isZero();
        long begin = System.nanoTime();
        assertThat(Sockets.awaitWritable(pair.one(), 20)).isFalse();
        assertThat(System.nanoTime() - begin).isBetween(20_000_000L, 10_000_000_000L);
        while (reader.readNow(chunk.clear(), NO_DESCRIPTOR) > 0) {}
        assertThat(Sockets.awaitWritable(pair.one(), 10_000)).isTrue();
        assertThat(writer.write(bytes("x"), pair.one())).isEqualTo(1);
        assertThat(read(100, Descriptors::close)).isEqualTo("x");
    }

    @Test
    void aPeerThatHasClosedIsAnError() throws Exception {
        Sockets.shutdown(pair.other());
        assertThatThrownBy(() -> writer.write(bytes("x")))
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.is(Errno.EPIPE)).isTrue());
        assertThat(Sockets.awaitWritable(pair.one(), 10_000)).isTrue();
    }

    @Test
    void aBufferThatIsNotDirectOrEmptyIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> reader.read(ByteBuffer.allocate(1), NO_DESCRIPTOR))
                .withMessageContaining("direct");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> reader.read(ByteBuffer.allocateDirect(0), NO_DESCRIPTOR))
                .withMessageContaining("nothing between");
    }

    private List<Integer> most() {
        var numbers = new ArrayList<Integer>();
        for (int i = 0; i < PacketWriter.MOST / 2; i++) {
            numbers.add(pair.one());
            numbers.add(pair.other());
        }
        return numbers;
    }

    /** What no writer of ours does: more than the most. */
    private static void sendDescriptors(int fd, List<Integer> descriptors) {
        int length = Packets.CMSG_HEADER + 4 * descriptors.size();
        int control = 56 + 16; // after struct msghdr and struct iovec
        int data = control + length + 4;
        try (var message = Memory.of(data + 1)) {
            var fields = message.buffer()
                    .putLong(16, message.address() + 56)
                    .putLong(24, 1)
                    .putLong(32, message.address() + control)
                    .putLong(40, length + 4)
                    .putLong(56, message.address() + data)
                    .putLong(64, 1)
                    .position(control)
                    .putLong(length)
                    .putInt(Packets.SOL_SOCKET)
                    .putInt(Packets.SCM_RIGHTS);
            descriptors.forEach(fields::putInt);
            assertThat(Linux.call(SystemCall.SENDMSG, fd, message.address(), 0)).isEqualTo(1);
        }
    }

    private String read(int room, IntConsumer descriptors) throws IOException {
        var into = ByteBuffer.allocateDirect(room);
        reader.read(into, descriptors);
        return text(into.flip());
    }

    private static ByteBuffer bytes(String text) {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    private static String text(ByteBuffer buffer) {
        return StandardCharsets.UTF_8.decode(buffer).toString();
    }
}
