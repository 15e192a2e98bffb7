package io.netcluster.it.programs;

import io.netcluster.MessageCodec;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** An object that only a codec can send: some words. */
public record Words(List<String> words) {
    /** Writes them with a space between them; refuses none at all, and cannot read a single one. */
    public static final MessageCodec CODEC = new MessageCodec() {
        @Override
        public byte[] encode(Object message) {
            var words = ((Words) message).words();
            if (words.isEmpty()) {
                throw new IllegalStateException("there is no word");
            }
            return String.join(" ", words).getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public Object decode(byte[] bytes) {
            var words = List.of(new String(bytes, StandardCharsets.UTF_8).split(" "));
            if (words.size() == 1) {
                throw new IllegalStateException("a single word");
            }
            return new Words(words);
        }
    };

    /** So many words. */
    public static Words of(String... words) {
        return new Words(List.of(words));
    }
}
