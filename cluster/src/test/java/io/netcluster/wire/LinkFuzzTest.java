package io.netcluster.wire;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever comes on a link is a message, or is refused as the protocol has it; nothing else ever happens. */
final class LinkFuzzTest {
    static Stream<Arguments> frames() {
        return CodecTest.messages().map(message -> Arguments.of((Object) Codec.encode(message, false)));
    }

    @MethodSource("frames")
    @FuzzTest
    void whateverComesIsUnderstoodOrRefused(byte[] bytes) throws IOException {
        Heard.onALink(bytes);
    }
}
