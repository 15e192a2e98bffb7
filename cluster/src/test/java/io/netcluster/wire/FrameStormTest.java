package io.netcluster.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.sys.OpenDescriptors;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Ten million frames, right ones and wrong ones, from a generator with a seed: no crash, no hang, no leak.
 *
 * <p>Jazzer, in the tests that are called FuzzTest, looks where nobody has looked; this makes sure of the number.
 */
final class FrameStormTest {
    private static final int LINK_FRAMES = 10_000_000;
    private static final int CHANNEL_FRAMES = 200_000;
    private static final int BYTES = 60_000; // of one stream on a message channel: the kernel has room for it

    private final SplittableRandom random = new SplittableRandom(20_250_917);
    private int sockets;

    @BeforeEach
    void count() {
        sockets = OpenDescriptors.count();
    }

    @AfterEach
    void nothingIsLeftOpen() {
        assertThat(OpenDescriptors.count()).isEqualTo(sockets);
    }

    @Test
    void tenMillionFramesOnLinks() throws Exception {
        var messages = CodecTest.messages().toList();
        for (int frames = 0; frames < LINK_FRAMES; ) {
            frames += Heard.onALink(conversation(messages));
        }
    }

    @Test
    void twoHundredThousandFramesOnMessageChannels() throws Exception {
        for (int frames = 0; frames < CHANNEL_FRAMES; ) {
            var bytes = new ByteArrayOutputStream();
            int descriptors = random.nextInt(4);
            boolean announced = descriptors == 0;
            while (bytes.size() < BYTES) {
                int kind = random.nextInt(1, 10);
                bytes.writeBytes(frame(kind, announced ? 0 : descriptors, random.nextInt(40)));
                announced = true;
            }
            frames += Heard.onAChannel(damaged(bytes.toByteArray()), descriptors);
        }
    }

    private byte[] conversation(List<Message> messages) {
        var bytes = new ByteArrayOutputStream();
        int count = random.nextInt(1, 40);
        for (int i = 0; i < count; i++) {
            boolean descriptor = random.nextInt(4) == 0;
            bytes.writeBytes(Codec.encode(messages.get(random.nextInt(messages.size())), descriptor));
            if (descriptor) {
                bytes.write(0);
            }
        }
        return damaged(bytes.toByteArray());
    }

    /** Half of them stay whole; in the others some bytes are changed, left out, put in, or cut off. */
    private byte[] damaged(byte[] whole) {
        if (random.nextBoolean()) {
            return whole;
        }
        int at = random.nextInt(whole.length);
        var buffer = ByteBuffer.allocate(whole.length + 8);
        switch (random.nextInt(5)) {
            case 0 -> buffer.put(whole).put(at, (byte) random.nextInt());
            case 1 -> buffer.put(whole).put(at, (byte) (whole[at] ^ 1 << random.nextInt(8)));
            case 2 -> buffer.put(whole, 0, at); // what the peer had said when it was killed
            case 3 -> buffer.put(whole, 0, at).put(whole, at + 1, whole.length - at - 1);
            default -> buffer.put(whole, 0, at).putLong(random.nextLong()).put(whole, at, whole.length - at);
        }
        var damaged = new byte[buffer.position()];
        buffer.flip().get(damaged);
        return damaged;
    }

    /** A frame of a message channel: its length, its kind, the content's type, how many descriptors, a number; content. */
    static byte[] frame(int kind, int descriptors, int length) {
        return ByteBuffer.allocate(16 + length)
                .putInt(length)
                .put((byte) kind)
                .put((byte) 1)
                .putShort((short) descriptors)
                .putLong(1)
                .array();
    }
}
