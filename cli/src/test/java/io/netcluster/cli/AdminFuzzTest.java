package io.netcluster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netcluster.cli.AdminRequest.MalformedException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A line at the admin socket is a request, which is written as it was read, or one is told what is wrong with it. */
final class AdminFuzzTest {
    static Stream<Arguments> requests() {
        return Stream.of(
                        "{\"request\": \"status\"}",
                        "{\"request\": \"reload\", \"parallel\": 2}",
                        "{\"request\": \"restart\"}",
                        "{\"request\": \"scale\", \"workers\": -1, \"relative\": true}",
                        "{\"request\": \"stop\", \"now\": false}",
                        "{\"request\": \"events\", \"last\": 10, \"follow\": true}",
                        "{\"request\": \"leave\"}",
                        "[[[[[[[[1e999999999]]]]]]]]")
                .map(line -> Arguments.of((Object) line.getBytes(StandardCharsets.UTF_8)));
    }

    @MethodSource("requests")
    @FuzzTest
    void aLineIsARequestOrIsRefused(byte[] line) throws MalformedException {
        AdminRequest request;
        try {
            request = AdminRequest.parse(new String(line, StandardCharsets.UTF_8));
        } catch (MalformedException e) {
            assertThat(e.getMessage()).isNotBlank();
            return;
        }
        assertThat(AdminRequest.parse(request.format())).isEqualTo(request);
    }
}
