package io.netcluster.primary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OwnCommandTest {
    private static final String SOURCE = "jdk.compiler/com.sun.tools.javac.launcher.SourceLauncher ";

    /** Words behind java, separated by commas; a blank is part of a word. */
    private static List<String> words(@Nullable String text) {
        return text == null ? List.of() : List.of(text.split(",", -1));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            Main                                 | Main                  | Main,NEW
            Main,a,b                             | Main a b              | Main,NEW
            -cp,lib,Main,a b,c                   | Main a b c            | -cp,lib,Main,NEW
            -cp,Main,Main,Main                   | Main Main             | -cp,Main,Main,NEW
            -Da=Main,Main,-Da=Main,Main          | Main -Da=Main Main    | -Da=Main,Main,NEW
            Main,a,a                             | Main a a              | Main,NEW
            p/Main,a                             | p/Main a              | p/Main,NEW
            -Xmx1g,-jar,app.jar,-jar,x.jar       | app.jar -jar x.jar    | -Xmx1g,-jar,app.jar,NEW
            -jar,my app.jar,a                    | my app.jar a          | -jar,my app.jar,NEW
            -p,mods,-m,app/app.Main,a            | app/app.Main a        | -p,mods,-m,app/app.Main,NEW
            -p,mods,-m,app,a                     | app a                 | -p,mods,-m,app,NEW
            -p,mods,--module,app/app.Main        | app/app.Main          | -p,mods,--module,app/app.Main,NEW
            -p,mods,--module=app/app.Main,a      | app/app.Main a        | -p,mods,--module=app/app.Main,NEW
            @options,Main,a                      | Main a                | @options,Main,NEW
            @all,a                               | Main a                | @all,NEW
            @all                                 | Main                  | @all,NEW
            @options,Main,@a                     | Main @a               | @options,Main,NEW
            --of-a-later-java,value,Main,a       | Main a                | --of-a-later-java,value,Main,NEW
            """)
    void theArgumentsAreFoundAndReplaced(String words, String command, String replaced) throws Exception {
        var line = OwnCommand.parse(words(words), command);
        assertThat(line.with(List.of(), List.of("NEW"))).isEqualTo(words(replaced));
        assertThat(line.with(List.of(), null)).isEqualTo(words(words));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            src/Main.java,a,b              | src/Main.java a b | src/Main.java,NEW
            src/Main.java                  | src/Main.java     | src/Main.java,NEW
            --source,25,program,a          | program a         | --source,25,program,NEW
            --source 25,./program,a        | ./program a       | --source 25,./program,NEW
            -cp,lib,Main.java,Main.java    | Main.java Main.java | -cp,lib,Main.java,NEW
            """)
    void theSourceFileIsNoArgument(String words, String command, String replaced) throws Exception {
        assertThat(OwnCommand.parse(words(words), SOURCE + command).with(List.of(), List.of("NEW")))
                .isEqualTo(words(replaced));
    }

    @Test
    void anEmptyArgumentIsOne() throws Exception {
        assertThat(OwnCommand.parse(List.of("Main", "a", ""), "Main a ").with(List.of(), List.of("NEW")))
                .containsExactly("Main", "NEW");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            @all,b          | Main a b
            @all            | Main a
            @all            | my app.jar
            Main,a          | -
            Main,a          | Other a
            Main,a          | Main
            """)
    void whereItCannotBeToldTheLineRunsAsItIsAlone(String words, @Nullable String command) throws Exception {
        var line = OwnCommand.parse(words(words), command);
        assertThat(line.with(List.of(), null)).isEqualTo(words(words));
        assertThatThrownBy(() -> line.with(List.of(), List.of("NEW")))
                .isInstanceOf(CannotStartException.class)
                .hasMessageContaining("in: java " + String.join(" ", words(words)))
                .hasMessageContaining("explicit command");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            -Xmx1g,Main,a              | Main a         | -Xmx1g,+,Main,a
            -Xmx1g,-jar,app.jar        | app.jar        | -Xmx1g,+,-jar,app.jar
            -p,mods,-m,app/app.Main,a  | app/app.Main a | -p,mods,+,-m,app/app.Main,a
            @options,Main              | Main           | @options,+,Main
            -Xmx1g,@all,a              | Main a         | -Xmx1g,+,@all,a
            -Xmx1g,@all,b              | Main a b       | -Xmx1g,+,@all,b
            """)
    void anOptionComesBehindTheOthers(String words, String command, String more) throws Exception {
        assertThat(OwnCommand.parse(words(words), command).with(List.of("+"), null))
                .isEqualTo(words(more));
    }

    @Test
    void optionsCanBeLeftOutAndArgumentsOfTheSameTextStay() throws Exception {
        var line =
                OwnCommand.parse(List.of("-a", "-b", "Main", "-a"), "Main -a").without(List.of("-a"));
        assertThat(line.with(List.of(), null)).containsExactly("-b", "Main", "-a");
        assertThat(line.with(List.of("+"), List.of("NEW"))).containsExactly("-b", "+", "Main", "NEW");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            -agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=5005         | false
            -agentlib:jdwp=transport=dt_socket,address=127.0.0.1:40001,suspend=y,server=n | true
            -agentlib:jdwp=transport=dt_socket,address=40001                           | true
            -Xrunjdwp:transport=dt_socket,address=40001                                | true
            -agentlib:hprof                                                            | false
            """)
    void aDebuggerThatIsDialledIsThisProcesssAlone(String option, boolean dials) {
        assertThat(OwnCommand.dialsDebugger(option)).isEqualTo(dials);
    }

    @Test
    void wordsEndWithAZeroByte() throws Exception {
        assertThat(OwnCommand.split("java\0-Dx=é ü\0\0Main\0".getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
                .containsExactly("java", "-Dx=é ü", "", "Main");
    }

    @Test
    void charactersThatTheLocaleDoesNotHaveAreNotGuessed() {
        assertThatThrownBy(
                        () -> OwnCommand.split("Main\0é\0".getBytes(StandardCharsets.UTF_8), StandardCharsets.US_ASCII))
                .isInstanceOf(CannotStartException.class)
                .hasMessageContaining("set LC_ALL=C.UTF-8");
    }

    /** However long the line is: surefire's is short, but this process was started like any other. */
    @Test
    void thisProcessIsRead() throws Exception {
        var own = OwnCommand.read();
        assertThat(own.java()).isExecutable();
        assertThat(own.line().words()).isNotEmpty();
    }
}
