package io.netcluster.wire;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever comes on a message channel, it ends in order when the peer has gone, and no descriptor is left open. */
final class ChannelFuzzTest {
    /** The first byte is how many descriptors come; then one frame of each kind. */
    static Stream<Arguments> streams() {
        return IntStream.rangeClosed(1, 9)
                .mapToObj(kind -> FrameStormTest.frame(kind, 1, 5))
                .map(frame -> ByteBuffer.allocate(1 + frame.length)
                        .put((byte) 1)
                        .put(frame)
                        .array())
                .map(bytes -> Arguments.of((Object) bytes));
    }

    @MethodSource("streams")
    @FuzzTest
    void whateverComesItEndsInOrder(byte[] bytes) throws IOException {
        if (bytes.length > 0) {
            Heard.onAChannel(Arrays.copyOfRange(bytes, 1, bytes.length), bytes[0] & 7);
        }
    }
}
