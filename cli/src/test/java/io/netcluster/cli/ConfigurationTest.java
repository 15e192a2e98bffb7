package io.netcluster.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netcluster.cli.Configuration.Heap;
import io.netcluster.cli.Configuration.Ready;
import io.netcluster.primary.Limits;
import io.netcluster.primary.LogPolicy;
import io.netcluster.primary.RestartPolicy;
import io.netcluster.primary.Settings.Orphan;
import io.netcluster.sys.PortRange;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a definition may say, and what is said of a wrong one: where, which key, and what was expected. */
final class ConfigurationTest {
    @TempDir
    private Path directory = Path.of("/tmp");

    private Configuration read(String definition, String said) throws Exception {
        var file = Files.writeString(directory.resolve("netcluster.toml"), definition);
        return new DefinitionSource(file, said, directory).read();
    }

    private List<String> problems(String definition, String said) throws Exception {
        try {
            read(definition, said);
            return List.of();
        } catch (WrongDefinitionException e) {
            return e.problems();
        }
    }

    @Test
    void whatIsNotSaidHasItsDefault() throws Exception {
        var read = read("command = ['app.jar']", "");

        assertThat(read.name()).isNull();
        assertThat(read.command()).containsExactly("app.jar");
        assertThat(read.workers()).isEqualTo(2);
        assertThat(read.directory()).isEqualTo(directory);
        assertThat(read.restart()).isEqualTo(RestartPolicy.ON_FAILURE);
        assertThat(read.ready()).isEqualTo(new Ready.Listening());
        assertThat(read.stopTimeout()).hasSeconds(30);
        assertThat(read.fit()).isTrue();
        assertThat(read.orphan()).isNull();
        assertThat(read.limits().rss()).isNull();
        assertThat(read.logs().keep()).isEqualTo(5);
    }

    @Test
    void everyKeyCanBeSaid() throws Exception {
        var read = read("""
                name = "api"
                command = ["-Xmx1g", "-jar", "app.jar"]
                workers = 4
                directory = "sub/../work"
                jvm-options = ["-ea"]
                restart = "always"
                stop-timeout = 5
                drain-timeout = "1500ms"
                ready = "http://localhost:8080/health"
                ready-timeout = "2m"
                parallel = 2
                own = [9100, "9200-9201"]
                port0 = "sticky:com.acme.*"
                port0-range = "40000-40100"
                fit = false
                orphan = "keep"
                orphan-after = "1h"
                aot = true
                [env]
                A = "1"
                "B.C" = ""
                [limits]
                rss = "512M"
                heap = "90%"
                age = "1d"
                schedule = "30 4 * * sun"
                hang-timeout = "10s"
                [logs]
                max-size = "1M"
                max-age = "1d"
                keep = 0
                keep-for = "30d"
                compress = false
                max-total = "2G"
                """, "");

        assertThat(read.name()).isEqualTo("api");
        assertThat(read.directory()).isEqualTo(directory.resolve("work"));
        assertThat(read.restart()).isEqualTo(RestartPolicy.ALWAYS);
        assertThat(read.stopTimeout()).hasSeconds(5);
        assertThat(read.drainTimeout()).hasMillis(1500);
        assertThat(read.ready()).isEqualTo(new Ready.Probe(URI.create("http://localhost:8080/health")));
        assertThat(read.own()).containsExactly(new PortRange(9100, 9100), new PortRange(9200, 9201));
        assertThat(read.port0()).singleElement().hasToString("sticky=com.acme.*:com.acme.*");
        assertThat(read.orphan()).isEqualTo(Orphan.KEEP);
        assertThat(read.environment()).containsOnly(Map.entry("A", "1"), Map.entry("B.C", ""));
        assertThat(read.limits().rss()).isEqualTo(512L << 20);
        assertThat(read.limits().heap()).isEqualTo(new Heap(90, true));
        assertThat(read.limits().age()).isEqualTo(Duration.ofDays(1));
        assertThat(read.limits().schedule()).hasToString("30 4 * * sun");
        assertThat(read.logs().maxTotal()).isEqualTo(2L << 30);
        assertThat(read.logs().keepFor()).isEqualTo(Duration.ofDays(30));
        var settings = new Definitions(Orphan.TERMINATE, null, JournalStream.NONE, directory)
                .of(read)
                .settings();
        assertThat(settings.logPolicy())
                .isEqualTo(new LogPolicy(1 << 20, Duration.ofDays(1), 0, Duration.ofDays(30), false, 2L << 30));
        assertThat(settings.limits())
                .isEqualTo(new Limits(
                        512L << 20,
                        new Limits.Heap(90, true),
                        Duration.ofDays(1),
                        read.limits().schedule(),
                        Duration.ofSeconds(10)));
        assertThat(read.aot()).isTrue();
    }

    @Test
    void theCommandLineCountsMore() throws Exception {
        var read = read(
                "command = ['a.jar']\nworkers = 2\n[env]\nA = 'file'\nB = 'file'",
                new TomlText().number("workers", "7").text("env", "A", "said").toString());

        assertThat(read.workers()).isEqualTo(7);
        assertThat(read.command()).containsExactly("a.jar");
        assertThat(read.environment()).containsOnly(Map.entry("A", "said"), Map.entry("B", "file"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            workers = "two"               | workers: expected a whole number from 1 to 4096, not "two"
            workers = 0                   | workers: expected a whole number from 1 to 4096, not 0
            workers = 1.5                 | workers: expected a whole number from 1 to 4096, not 1.5
            name = "../x"                 | name: expected up to 64 letters, digits, dots, dashes and underscores, of which the first is a letter or a digit, not "../x"
            name = 5                      | name: expected up to 64 letters
            restart = "sometimes"         | restart: expected "on-failure", "always" or "never", not "sometimes"
            stop-timeout = -1             | stop-timeout: expected a time such as "500ms", "30s", "5m", "2h", "1d", or a number of seconds, not -1
            stop-timeout = "soon"         | stop-timeout: expected a time such as
            ready = "http:///x"           | ready: expected "listening", "all-listeners", "explicit", "tcp://host:port" or "http://host:port/path", not "http:///x"
            ready = "tcp://h"             | ready: expected
            ready = "tcp:8080"            | ready: expected
            ready = "ftp://h:1"           | ready: expected
            ready = ["listening"]         | ready: expected
            fit = "no"                    | fit: expected true or false, not "no"
            jvm-options = "-ea"           | jvm-options: expected a list of strings, such as ["-Xmx1g"], not "-ea"
            own = "http"                  | own: expected a port or a range such as "9000-9010", or a list of such, not "http"
            own = [99999]                 | own: expected a port or a range such as "9000-9010", not 99999: 99999-99999 is no range of ports from 1 to 65535
            own = 65535                   | own: 65535 leaves no port for worker 2
            port0 = ["any"]               | port0: expected
            port0-range = "1"             |
            port0-range = "2-1"           | port0-range: expected a range such as "40000-40100", not "2-1": 2-1 is no range of ports from 1 to 65535
            orphan = "stay"               | orphan: expected "keep", "drain" or "terminate", not "stay"
            env = "A=B"                   | env: expected a table of strings, such as [env] and below it NAME = "value", not "A=B"
            env = { A = 1 }               | env.A: expected a string, in quotes, not 1
            env = { "A=B" = "" }          | env: 'A=B' cannot be a variable, or not with this value
            limits = { rss = "512" }      | limits.rss: expected a size such as "512K", "512M" or "2G", not "512"
            limits = { rss = 512 }        | limits.rss: expected a size
            limits = { heap = "0%" }      | limits.heap: expected a size such as
            limits = { heap = "%" }       | limits.heap: expected a size such as
            limits = { schedule = "* *" } | limits.schedule: expected five fields as in crontab, such as "30 4 * * sun": minute, hour, day of the month, month, day of the week, not "* *": it has 2 fields
            limits = { schedule = "60 * * * *" } | not "60 * * * *": '60' is no such field
            limits = { schedule = "0 0 31 2 *" } | not "0 0 31 2 *": there is no such day
            limits = { rs = "1G" }        | limits.rs: there is no such key; is 'rss' meant?
            limits = 5                    | limits: expected a table, [limits], not 5
            logs = { keep = -1 }          | logs.keep: expected a whole number from 0 to 1000, not -1
            worker = 3                    | worker: there is no such key; is 'workers' meant?
            balance = "steered"           | balance: there is no such key; there are aot, command,
            """)
    void aWrongValueIsToldWithItsPlaceAndKey(String line, String problem) throws Exception {
        var problems = problems("# a comment\ncommand = ['app.jar']\n   " + line, "");

        if (problem == null) {
            assertThat(problems).isEmpty();
        } else {
            assertThat(problems)
                    .singleElement()
                    .asString()
                    .startsWith("netcluster.toml:3:")
                    .contains(problem);
        }
    }

    @Test
    void placesAreThoseOfTheValueInAListAndOfTheKeyOtherwise() throws Exception {
        assertThat(problems("command = ['a', 5]\n  workers = []\nown = ['1', 'x']\n[limits]\n rss = 1", ""))
                .extracting(problem -> problem.split(": ")[0])
                .containsExactlyInAnyOrder(
                        "netcluster.toml:1:17", "netcluster.toml:2:3", "netcluster.toml:3:13", "netcluster.toml:5:2");
    }

    @Test
    void allThatIsWrongIsToldAtOnce() throws Exception {
        assertThat(problems("workers = 0\nrestart = 'x'\nnmae = 'y'", "parallel = 0"))
                .hasSize(5)
                .anyMatch(problem -> problem.startsWith("--parallel: expected a whole number"))
                .anyMatch(problem -> problem.equals("netcluster.toml: command: nothing says what is to be run;"
                        + " for example: command = [\"app.jar\"]"));
    }

    @Test
    void whatIsNoTomlIsToldWithItsPlace() throws Exception {
        assertThat(problems("command = ['a']\nworkers = = 2", ""))
                .singleElement()
                .asString()
                .startsWith("netcluster.toml:2:11: ");
        assertThat(problems("workers = 1\nworkers = 2", ""))
                .singleElement()
                .asString()
                .startsWith("netcluster.toml:2:1");
    }

    @Test
    void whatCannotBeReadIsTold() throws Exception {
        assertThatThrownBy(() -> new DefinitionSource(directory.resolve("none.toml"), "", directory).read())
                .isInstanceOf(WrongDefinitionException.class)
                .hasMessageContaining("none.toml: there is no such file; 'netcluster init' writes one");
        Files.write(directory.resolve("netcluster.toml"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
        assertThatThrownBy(() -> new DefinitionSource(directory.resolve("netcluster.toml"), "", directory).read())
                .isInstanceOf(WrongDefinitionException.class)
                .hasMessageContaining("it is not UTF-8 text");
    }

    @Test
    void whatInitWritesIsADefinitionWithOrWithoutItsExamples() throws Exception {
        try (var in = Init.class.getResourceAsStream("netcluster.toml")) {
            var template = new String(in.readAllBytes()).replace("@NAME@", "api");
            assertThat(problems(template, "")).isEmpty();
            var examples = template.replaceAll("(?m)^# (\\[?[a-zA-Z0-9_-]+(]| = ))", "$1");
            assertThat(examples).isNotEqualTo(template);
            assertThat(problems(examples, "")).isEmpty();
            assertThat(read(examples, "").parallel()).isEqualTo(1);
        }
    }

    @Test
    void aSourceIsTheSameAfterItHasBeenStored() throws Exception {
        var said = new TomlText()
                .words("command", List.of("a \"b\"\n\\ \u00fc \u0001"))
                .text("env", "A B", "'")
                .toString();
        var source = new DefinitionSource(null, said, directory);
        var stored = Files.writeString(directory.resolve("definition.toml"), source.store());

        assertThat(DefinitionSource.restore(stored)).isEqualTo(source);
        assertThat(source.read().command()).containsExactly("a \"b\"\n\\ \u00fc \u0001");
        assertThatThrownBy(() -> DefinitionSource.restore(Files.writeString(stored, "x = 1")))
                .hasMessageContaining("it is not what 'netcluster start' has written");
    }

    @ParameterizedTest
    @CsvSource({
        "30 4 * * sun,       2026-11-23T10:00Z, 2026-11-29T04:30Z",
        "*/15 * * * *,       2026-11-23T10:15Z, 2026-11-23T10:30Z",
        "0 0 1 1 *,          2026-11-23T10:15Z, 2027-01-01T00:00Z",
        "0 12 13 * fri,      2026-11-23T10:15Z, 2026-11-27T12:00Z",
        "5-7/2 3 29 feb *,   2026-11-23T10:15Z, 2028-02-29T03:05Z",
        "0 0 * * 7,          2026-11-23T10:15Z, 2026-11-29T00:00Z",
        "0 0 31 * *,         2026-03-31T00:00Z, 2026-05-31T00:00Z",
        "0 0 30 * *,         2027-01-30T00:00Z, 2027-03-30T00:00Z",
        "0 0 28-31 * *,      2027-02-28T00:00Z, 2027-03-28T00:00Z",
        "59 23 31 12 *,      2026-12-31T23:59Z, 2027-12-31T23:59Z",
        "0 0 29 2 *,         2096-02-29T00:00Z, 2104-02-29T00:00Z",
        "30 2 * * *,         2026-10-25T01:00+02:00[Europe/Berlin], 2026-10-25T02:30+02:00[Europe/Berlin]",
        "30 2 * * *,         2026-10-25T02:30+02:00[Europe/Berlin], 2026-10-26T02:30+01:00[Europe/Berlin]",
        "0 3 * * *,          2026-03-29T01:30+01:00[Europe/Berlin], 2026-03-29T03:00+02:00[Europe/Berlin]",
        "0 0 * * *,          2026-09-05T12:00-04:00[America/Santiago], 2026-09-07T00:00-03:00[America/Santiago]",
        "30 2 * * *,         2026-03-29T01:00+01:00[Europe/Berlin], 2026-03-30T02:30+02:00[Europe/Berlin]"
    })
    void aScheduleKnowsItsNextMoment(String fields, ZonedDateTime after, ZonedDateTime next) {
        assertThat(Schedule.parse(fields).next(after)).contains(next);
    }
}
