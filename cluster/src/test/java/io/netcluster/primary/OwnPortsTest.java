package io.netcluster.primary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netcluster.sys.PortRange;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class OwnPortsTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            -agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=*:5005 | -agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=*:5007
            -agentlib:jdwp=address=5005,server=y,transport=dt_socket             | -agentlib:jdwp=address=5007,server=y,transport=dt_socket
            -agentlib:jdwp=transport=dt_socket,server=y,address=localhost:0      | -agentlib:jdwp=transport=dt_socket,server=y,address=localhost:0
            -agentlib:jdwp=transport=dt_socket,server=y                          | -agentlib:jdwp=transport=dt_socket,server=y
            -Xrunjdwp:transport=dt_socket,address=8000                           | -Xrunjdwp:transport=dt_socket,address=8002
            -Dcom.sun.management.jmxremote.port=9999                             | -Dcom.sun.management.jmxremote.port=10001
            -Dcom.sun.management.jmxremote.rmi.port=9999                         | -Dcom.sun.management.jmxremote.rmi.port=10001
            -Dcom.sun.management.jmxremote.port=0                                | -Dcom.sun.management.jmxremote.port=0
            -Dserver.port=8080                                                   | -Dserver.port=8080
            """)
    void debugAndManagementPortsMoveWithTheSlot(String word, String third) {
        assertThat(new OwnPorts(List.of()).assign(List.of(word), 2).command()).containsExactly(third);
        assertThat(new OwnPorts(List.of()).assign(List.of(word), 0).command()).containsExactly(word);
    }

    @ParameterizedTest
    @CsvSource({
        "9100, 9101",
        "--port=9100, --port=9101",
        "127.0.0.1:9100, 127.0.0.1:9101",
        "http://localhost:9100/x?a=9100, http://localhost:9101/x?a=9101",
        "9100-9101, 9100-9101",
        "/var/node-9100/data, /var/node-9100/data",
        "node-9100, node-9100",
        "19100, 19100",
        "91000, 91000",
        "1.9100, 1.9100",
        "8080, 8080",
        "p9100/Main.java, p9100/Main.java",
        "/opt/9100/app.jar, /opt/9100/app.jar",
        "9100/app.jar, 9100/app.jar",
        "-Dx=a9100b, -Dx=a9100b",
        "9100;9100, 9100;9100",
    })
    void aNamedPortMovesWhereverItStandsAsANumber(String word, String second) {
        var named = List.of(new PortRange(9100, 9100));
        assertThat(new OwnPorts(named).assign(List.of(word), 1).command()).containsExactly(second);
    }

    @Test
    void whatIsAPathStaysAPath() {
        var words = List.of("-cp", "/lib:9100", "-jar", "9100");
        assertThat(new OwnPorts(List.of(new PortRange(9100, 9100)))
                        .assign(words, 1)
                        .command())
                .isEqualTo(words);
    }

    @Test
    void whatIsNamedAndWhatItMovesToIsOwn() {
        var named = List.of(new PortRange(9100, 9100));
        assertThat(new OwnPorts(named).assign(List.of("9100"), 1).own())
                .containsExactly(new PortRange(9100, 9100), new PortRange(9101, 9101));
        assertThat(new OwnPorts(List.of())
                        .assign(List.of("-Xrunjdwp:address=8000"), 0)
                        .own())
                .containsExactly(new PortRange(8000, 8000));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "0", "65536", "9-8", "1-2-3", "-1", "80-", "80 "})
    void whatIsNoPortIsSaidToBeNone(String text) {
        assertThatThrownBy(() -> PortRange.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
