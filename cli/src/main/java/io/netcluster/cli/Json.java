package io.netcluster.cli;

import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** JSON as the admin protocol and {@code --json} have it: one object per line, in which no key comes twice. */
final class Json {
    static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private Json() {}

    /** An empty object. */
    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /** An object that says what went wrong. */
    static ObjectNode error(int status, String message) {
        return object().put("error", message).put("exit", status);
    }
}
