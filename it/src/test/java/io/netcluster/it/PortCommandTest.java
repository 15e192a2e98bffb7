package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netcluster.LeaseOptions;
import io.netcluster.PortLease;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code netcluster port}: how long it holds what it prints, and how it runs a program. */
final class PortCommandTest {
    /** Says what comes to it, and ends when it is told to. */
    private static final String LISTENER =
            "trap 'echo hup' HUP; trap 'echo int' INT; trap 'echo term; kill $!; exit 7' TERM;"
                    + " echo up {1}; while :; do sleep 60 & wait $!; done";

    private static Running port(String... arguments) throws IOException {
        return Running.start(command(List.of(), arguments), Map.of());
    }

    /** With SIGINT as it is for a command in the foreground, also where the tests run in the background. */
    private static List<String> command(List<String> options, String... arguments) {
        var command = new ArrayList<>(
                List.of("env", "--default-signal=INT", Running.JAVA, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.addAll(options);
        command.addAll(List.of(
                "-jar", Running.HOME.resolve("cli/target/netcluster-cli.jar").toString(), "port"));
        command.addAll(List.of(arguments));
        return command;
    }

    private static void assertHeld(int port) {
        assertThatThrownBy(() -> lease(port)).isInstanceOf(BindException.class);
    }

    private static void assertFree(int port) throws IOException {
        lease(port).close();
    }

    private static PortLease lease(int port) throws IOException {
        return PortLease.take(LeaseOptions.defaults().range(port, port));
    }

    private static int number(String line) {
        return Integer.parseInt(line);
    }

    @Test
    void holdsAPortUntilItsInputIsClosed() throws Exception {
        try (var command = port()) {
            int port = number(command.await("^\\d+$").group());
            command.process().getOutputStream().write("whatever\n".getBytes());
            command.process().getOutputStream().flush();
            assertHeld(port);

            command.process().getOutputStream().close();

            assertThat(command.awaitExit()).isZero();
            assertThat(command.lines()).containsExactly(String.valueOf(port));
            assertFree(port);
        }
    }

    @Test
    void holdsAPortUntilItsParentIsGone() throws Exception {
        var words = new ArrayList<>(List.of("sh", "-c", "\"$@\" </dev/null & wait", "sh"));
        words.addAll(command(List.of()));
        try (var shell = Running.start(words, Map.of())) {
            int port = number(shell.await("^\\d+$").group());
            var command = shell.process().children().findFirst().orElseThrow();
            assertHeld(port);

            shell.process().destroyForcibly();

            command.onExit().get(Running.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertFree(port);
        }
    }

    @Test
    void holdsNothingForAParentThatHasGoneAlready() throws Exception {
        var command = command(List.of("-Dnetcluster.parent=1"));
        try (var orphan = Running.start(command, Map.of())) {
            assertThat(orphan.awaitExit()).isZero();
            assertFree(number(orphan.lines().getFirst()));
        }
    }

    @Test
    void severalPortsFollowEachOther() throws Exception {
        try (var command = port("-k", "3", "--udp")) {
            var ports = command.await("^\\d+$", 3).stream()
                    .map(line -> number(line.group()))
                    .toList();
            assertThat(ports).containsExactly(ports.get(0), ports.get(0) + 1, ports.get(0) + 2);
            for (int port : ports) {
                assertHeld(port);
                new DatagramSocket(port).close();
            }
        }
    }

    @Test
    void portsComeFromTheRangeUntilItIsExhausted() throws Exception {
        int first;
        try (var lease = PortLease.take(LeaseOptions.defaults().count(2))) {
            first = lease.port();
        }
        var range = first + "-" + (first + 1);
        try (var one = port("--range", range);
                var other = port("--range", range)) {
            assertThat(List.of(
                            number(one.await("^\\d+$").group()),
                            number(other.await("^\\d+$").group())))
                    .containsExactlyInAnyOrder(first, first + 1);
            try (var third = port("--range", range)) {
                assertThat(third.awaitExit()).isEqualTo(1);
                assertThat(third.lines())
                        .containsExactly("! netcluster: no port of " + range + " is free for TCP: tried 2");
            }
        }
    }

    @Test
    void runsAProgramWithTheNumbersInItAndEndsAsItDoes() throws Exception {
        try (var command = port(
                "-k",
                "2",
                "--env",
                "PORT",
                "--",
                "sh",
                "-c",
                "read -r line; echo \"$line\" {}-{1}-{2}:x{y} $PORT $PORT_1 $PORT_2; echo oops >&2; exit 3")) {
            command.process().getOutputStream().write("its input\n".getBytes());
            command.process().getOutputStream().flush();

            assertThat(command.awaitExit()).isEqualTo(3);

            int first = number(command.await("input (\\d+)").group(1));
            assertThat(command.lines())
                    .containsExactlyInAnyOrder(
                            "its input %1$d-%1$d-%2$d:x{y} %1$d %1$d %2$d".formatted(first, first + 1), "! oops");
            assertFree(first);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HUP", "INT"})
    void holdsThePortWhileTheProgramRunsAndPassesSignalsOn(String signal) throws Exception {
        try (var command = port("--", "bash", "-c", LISTENER)) {
            int port = number(command.await("^up (\\d+)$").group(1));
            assertHeld(port);

            command.signal(signal);
            command.await("^" + signal.toLowerCase(Locale.ROOT) + "$");
            command.signal("TERM");

            assertThat(command.awaitExit()).isEqualTo(7);
            assertFree(port);
        }
    }

    @Test
    void aProgramThatASignalEndsEndsTheCommandWith128AndItsNumber() throws Exception {
        try (var command = port("--", "sh", "-c", "echo {1}; kill -KILL $$")) {
            assertThat(command.awaitExit()).isEqualTo(128 + 9);
        }
    }

    /** The terminal sends it to the program as well as to the command. */
    @Test
    void ctrlCReachesTheProgramOnce() throws Exception {
        var quoted = command(List.of(), "--", "bash", "-c", LISTENER).stream()
                .map(word -> "'" + word.replace("'", "'\\''") + "'")
                .toList();
        var terminal = List.of("script", "-qefc", "exec " + String.join(" ", quoted), "/dev/null");
        try (var command = Running.start(terminal, Map.of("SHELL", "/bin/sh"))) {
            command.await("^up \\d+");
            var keyboard = command.process().getOutputStream();
            keyboard.write(3); // Ctrl-C, as termios(3) has it
            keyboard.flush();
            command.await("int$");
            var java = command.process()
                    .descendants()
                    .filter(each -> each.info().command().orElse("").endsWith("java"))
                    .findFirst()
                    .orElseThrow();
            Running.signal("TERM", java.pid());

            command.await("^term");
            assertThat(command.awaitExit()).isEqualTo(7);
            assertThat(command.lines("int$")).hasSize(1);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            -k 0                       | 2   | a lease has from 1 to 65535 ports, not 0
            -k many                    | 2   | Invalid value for option '--count': 'many' is not an int
            --range 5-4                | 2   | 5-4 is no range of ports from 1 to 65535
            --range 5-                 | 2   | '5-' is neither a port nor a range of ports such as 9000-9010
            --range 50-51 -k 3         | 2   | there are no 3 ports in 50-51
            --env PORT                 | 2   | --env is for a program, and there is none to run
            --env 9X -- x              | 2   | '9X' cannot be a variable's name
            -- server                  | 2   | nothing tells 'server' its port: put {1} where it belongs, or use --env
            -- server {2}              | 2   | {2} in '{2}' is no port: there is 1, which is {1}
            -k 3 -- server p={4}       | 2   | {4} in 'p={4}' is no port: there are 3, {1} to {3}
            -- server {0}              | 2   | {0} in '{0}' is no port: there is 1, which is {1}
            -- server {99999999999}    | 2   | {99999999999} in '{99999999999}' is no port
            -- /nowhere/server {1}     | 127 | cannot run /nowhere/server: there is no such program
            -- no-such-server {1}      | 127 | cannot run no-such-server: there is no such program
            -- /etc/passwd {1}         | 126 | cannot run /etc/passwd: it may not be executed
            -- /etc {1}                | 126 | cannot run /etc: it may not be executed
            """)
    void aWrongCommandIsAnsweredInASentence(String arguments, int status, String sentence) throws Exception {
        try (var command = port(arguments.split(" "))) {
            assertThat(command.awaitExit()).isEqualTo(status);
            assertThat(command.lines().getFirst()).startsWith("! netcluster: ").contains(sentence);
            assertThat(command.lines()).hasSizeLessThanOrEqualTo(2).noneMatch(line -> line.contains("\tat "));
        }
    }
}
