package io.netcluster.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netcluster.wire.Address.Transport;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CodecTest {
    static Stream<Message> messages() {
        var v4 = new Address(Transport.TCP, new byte[] {127, 0, 0, 1}, 0, 8080);
        var v6 = new Address(Transport.UDP, new byte[16], 3, 65535);
        var unix = new Address(Transport.UNIX, new byte[108], 0, 0);
        return Stream.of(
                new Message.Hello(7, "0123456789abcdef", 4711),
                new Message.Listen(1, v4, PortPolicy.UNIQUE),
                new Message.Listen(3, v4.at(0), PortPolicy.parse("shared=a.name")),
                new Message.Listen(Long.MAX_VALUE, unix, new PortPolicy(PortPolicy.Kind.STICKY, "é".repeat(255))),
                new Message.Listening(2, v6),
                new Message.Close(3),
                new Message.Attach(8, "0123"),
                new Message.Ready(),
                new Message.Disconnect(30_000),
                new Message.Draining(12),
                new Message.Withdraw(9),
                new Message.Drain(1_000, true),
                new Message.Withdrawn(9, true),
                new Message.Welcome(1),
                new Message.Granted(4, 2),
                new Message.Holding(10, unix, 0, new PortPolicy(PortPolicy.Kind.STICKY, "é".repeat(255)), 3),
                new Message.Holding(11, v4.at(0), 65535, PortPolicy.parse("node"), Integer.MAX_VALUE),
                new Message.Settled(),
                new Message.Pong(1, 2, Long.MAX_VALUE),
                new Message.Ping(12),
                new Message.Reopen("/l/" + "o".repeat(500), "/" + "e".repeat(496)),
                new Message.Refused(5, 98),
                new Message.Released(6));
    }

    @Test
    void thereIsOneOfEachKind() {
        assertThat(messages().<Class<?>>map(Message::getClass)).containsAll(records(Message.class));
    }

    private static List<Class<?>> records(Class<?> type) {
        return type.isSealed()
                ? Arrays.stream(type.getPermittedSubclasses())
                        .flatMap(each -> records(each).stream())
                        .toList()
                : List.of(type);
    }

    private static Message decode(byte[] frame) throws ProtocolException {
        var header = Codec.Header.of(Arrays.copyOf(frame, Codec.HEADER));
        assertThat(header.length()).isEqualTo(frame.length - Codec.HEADER);
        return Codec.decode(header.kind(), Arrays.copyOfRange(frame, Codec.HEADER, frame.length));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void whatIsWrittenIsRead(Message message) throws Exception {
        assertThat(decode(Codec.encode(message, false))).isEqualTo(message);
        assertThat(Codec.Header.of(Arrays.copyOf(Codec.encode(message, true), Codec.HEADER))
                        .descriptor())
                .isTrue();
    }

    @ParameterizedTest
    @MethodSource("messages")
    void aMessageCutShortOrDrawnOutIsRefused(Message message) {
        var frame = Codec.encode(message, false);
        byte kind = frame[4];
        var body = Arrays.copyOfRange(frame, Codec.HEADER, frame.length);
        for (int length = 0; length <= body.length + 1; length++) {
            if (length != body.length) {
                var wrong = Arrays.copyOf(body, length);
                assertThatThrownBy(() -> Codec.decode(kind, wrong)).isInstanceOf(ProtocolException.class);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1025, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void aLengthOutOfBoundsIsRefused(int length) {
        var header = ByteBuffer.allocate(8).putInt(length).array();
        assertThatThrownBy(() -> Codec.Header.of(header))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("at most");
    }

    @Test
    void noBytesAtAllMakeTheReaderThrowAnythingButAProtocolException() {
        var random = new Random(42);
        for (int i = 0; i < 200_000; i++) {
            var body = new byte[random.nextInt(64)];
            random.nextBytes(body);
            byte kind = (byte) (random.nextInt(14) + (random.nextBoolean() ? 0 : 64));
            try {
                assertThat(Codec.decode(kind, body)).isNotNull();
            } catch (ProtocolException e) {
                assertThat(e).hasMessageNotContaining("null");
            }
        }
    }

    @Test
    void pathsThatDoNotFitAreRefused() {
        assertThatThrownBy(() -> new Message.Reopen("é".repeat(400), "x".repeat(201)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1000 are allowed");
    }

    @Test
    void addressesReadAsPeopleWriteThem() {
        assertThat(new Address(Transport.TCP, new byte[] {127, 0, 0, 1}, 0, 80)).hasToString("127.0.0.1:80");
        assertThat(new Address(Transport.TCP, new byte[16], 0, 80)).hasToString("*:80");
        var mapped = new byte[16];
        mapped[10] = mapped[11] = (byte) 0xff;
        mapped[12] = 10;
        assertThat(new Address(Transport.TCP, mapped, 0, 80)).hasToString("10.0.0.0:80");
        var loopback = new byte[16];
        loopback[15] = 1;
        assertThat(new Address(Transport.TCP, loopback, 0, 80)).hasToString("[0:0:0:0:0:0:0:1]:80");
        assertThat(new Address(Transport.UNIX, "/run/x".getBytes(java.nio.charset.StandardCharsets.UTF_8), 0, 0))
                .hasToString("/run/x");
    }
}
