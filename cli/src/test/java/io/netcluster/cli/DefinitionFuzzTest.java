package io.netcluster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a definition says is understood, or every problem in it is told. */
final class DefinitionFuzzTest {
    static Stream<Arguments> definitions() {
        return Stream.of("""
                        name = "api"
                        command = ["-Xmx1g", "-jar", "app.jar"]
                        workers = 4
                        restart = "always"
                        stop-timeout = 5
                        drain-timeout = "1500ms"
                        ready = "http://localhost:8080/health"
                        own = [9100, "9200-9201"]
                        port0 = ["sticky:com.acme.*"]
                        port0-range = "40000-40100"
                        orphan = "keep"
                        """, """
                        command = ["x"]
                        env = {A = "b"}
                        [limits]
                        rss = "1g"
                        schedule = "0 4 * * 1-5"
                        [logs]
                        size = "10m"
                        """, "workers = 0\nworkers = '''")
                .map(text -> Arguments.of((Object) text.getBytes(StandardCharsets.UTF_8)));
    }

    @MethodSource("definitions")
    @FuzzTest
    void aDefinitionIsUnderstoodOrItsProblemsAreTold(byte[] bytes) throws Exception {
        try {
            var read = new DefinitionSource(null, new String(bytes, StandardCharsets.UTF_8), Path.of("/tmp")).read();
            assertThat(read.workers()).isPositive();
        } catch (WrongDefinitionException e) {
            assertThat(e.problems()).isNotEmpty();
        }
    }
}
