package io.netcluster.primary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netcluster.primary.Settings.User;
import io.netcluster.sys.PortRange;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ProgramTest {
    private static final Map<String, String> WORKER = Map.of("NETCLUSTER_AGENT", "/n.jar", "NETCLUSTER_ID", "7");

    private static Definition definition(String command, PortRange... own) {
        return new Definition(
                "test", 2, List.of(command.split(" ")), Settings.DEFAULTS, List.of(own), List.of(), null, false);
    }

    private static Settings settings(
            Map<String, String> environment,
            @Nullable List<String> arguments,
            List<String> options,
            @Nullable Path directory,
            @Nullable User user) {
        return definition("x").settings().with(draft -> {
            draft.environment = environment;
            draft.arguments = arguments;
            draft.jvmOptions = options;
            draft.directory = directory;
            draft.user = user;
            draft.stdin = Redirect.INHERIT;
            draft.orphan = Settings.Orphan.STAY;
        });
    }

    /** The words behind the executable. */
    private static String words(ProcessBuilder process) {
        var command = process.command();
        return String.join(" ", command.subList(command.indexOf("netcluster") + 2, command.size()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            -Xmx1g Main a b          | -agentlib:instrument=/n.jar=worker -Xmx1g -Dmore Main NEW
            -cp lib Main             | -agentlib:instrument=/n.jar=worker -cp lib -Dmore Main NEW
            -p mods -m app/app.Main a | -javaagent:/n.jar=worker -p mods -Dmore -m app/app.Main NEW
            --module=app/app.Main a  | -javaagent:/n.jar=worker -Dmore --module=app/app.Main NEW
            --limit-modules java.se -jar app.jar a | -javaagent:/n.jar=worker --limit-modules java.se -Dmore -jar app.jar NEW
            -jar app.jar a           | -agentlib:instrument=/n.jar=worker -Dmore -jar app.jar NEW
            """)
    void argumentsAreReplacedAndOptionsAdded(String command, String words) throws Exception {
        var settings = settings(Map.of(), List.of("NEW"), List.of("-Dmore"), null, null);
        assertThat(words(Program.of(definition(command)).process(1, settings, WORKER)))
                .isEqualTo(words);
    }

    @Test
    void aStartScriptGetsOptionsInTheEnvironmentBehindTheUsers() throws Exception {
        var settings =
                settings(Map.of("JDK_JAVA_OPTIONS", "-Dusers"), List.of("NEW"), List.of("-Dmore=a b"), null, null);
        var process = Program.of(definition("/bin/true a")).process(1, settings, WORKER);
        assertThat(words(process)).isEqualTo("NEW");
        assertThat(process.environment())
                .containsEntry("JDK_JAVA_OPTIONS", "\"-javaagent:/n.jar\" -Dusers \"-Dmore=a b\"");
    }

    @Test
    void anArgumentFileMayHoldTheArgumentsThatAreToBeReplaced() throws Exception {
        var program = Program.of(definition("@file a"));
        var settings = settings(Map.of(), List.of("NEW"), List.of(), null, null);
        assertThatThrownBy(() -> program.check(settings))
                .isInstanceOf(CannotStartException.class)
                .hasMessageContaining("cannot tell where the program's arguments begin in: java @file a");
        assertThatThrownBy(() -> program.process(1, settings, WORKER)).isInstanceOf(CannotStartException.class);
    }

    @Test
    void theEnvironmentIsThePrimarysAndMore(@TempDir Path directory) throws Exception {
        var settings = settings(Map.of("A", "b", "NETCLUSTER_ID", "8"), null, List.of(), directory, null);
        var process = Program.of(definition("app.Main")).process(1, settings, WORKER);
        assertThat(process.environment())
                .containsEntry("A", "b")
                .containsEntry("NETCLUSTER_ID", "7")
                .containsEntry("NETCLUSTER_ORPHAN", "stay")
                .containsEntry("PATH", System.getenv("PATH"));
        assertThat(process.directory()).isEqualTo(directory.toFile());
        assertThat(process.redirectInput()).isEqualTo(Redirect.INHERIT);
        assertThat(process.redirectOutput()).isEqualTo(Redirect.PIPE);
    }

    @Test
    void aDirectoryThatIsNoneIsSaidToBeNone(@TempDir Path directory) throws Exception {
        var settings = settings(Map.of(), null, List.of(), directory.resolve("nope"), null);
        var program = Program.of(definition("app.Main"));
        assertThatThrownBy(() -> program.check(settings)).hasMessageEndingWith("nope: it is no directory");
    }

    @Test
    void anotherUserTakesRoot() throws Exception {
        var settings = settings(Map.of(), null, List.of(), null, new User(65534, 65533));
        var program = Program.of(definition("app.Main"));
        if ((int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0) {
            assertThat(String.join(" ", program.process(1, settings, WORKER).command()))
                    .contains("setpriv --reuid=65534 --regid=65533 --clear-groups -- /bin/sh -c ");
        } else {
            assertThatThrownBy(() -> program.check(settings)).hasMessageContaining("only root may change the user");
        }
    }

    @Test
    void portsOfACommandBelongToTheFirstWorkerToo() throws Exception {
        var program = Program.of(
                definition("-Xrunjdwp:server=y,address=5005 Main --metrics 9100", new PortRange(9100, 9100)));
        var settings = settings(
                Map.of("JAVA_TOOL_OPTIONS", "-Dcom.sun.management.jmxremote.port=7000"),
                null,
                List.of("-Dcom.sun.management.jmxremote.rmi.port=8000"),
                null,
                null);
        assertThat(words(program.process(1, settings, WORKER)))
                .isEqualTo("-agentlib:instrument=/n.jar=worker -Xrunjdwp:server=y,address=5005"
                        + " -Dcom.sun.management.jmxremote.rmi.port=8000 Main --metrics 9100");
        var second = program.process(2, settings, WORKER);
        assertThat(words(second))
                .isEqualTo("-agentlib:instrument=/n.jar=worker -Xrunjdwp:server=y,address=5006"
                        + " -Dcom.sun.management.jmxremote.rmi.port=8001 Main --metrics 9101");
        assertThat(second.environment()).containsEntry("JAVA_TOOL_OPTIONS", "-Dcom.sun.management.jmxremote.port=7001");
        assertThat(second.environment().get("NETCLUSTER_OWN").split(","))
                .contains("9100-9100", "9101-9101", "5006-5006", "8001-8001", "7001-7001");
    }

    @Test
    void theOwnCommandRunsAgain() throws Exception {
        var program = Program.own(definition(""));
        var own = OwnCommand.read();
        var process = program.process(1, definition("").settings(), WORKER);
        assertThat(process.command()).contains(own.java().toString());
        assertThat(words(process)).matches("-(javaagent:|agentlib:instrument=)/n.jar=worker .*");
        assertThat(process.command()).endsWith(own.line().words().getLast());
    }
}
