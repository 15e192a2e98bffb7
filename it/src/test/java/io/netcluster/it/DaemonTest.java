package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.programs.LineServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A cluster in the background, and what is said to it. */
final class DaemonTest {
    private static final String OTHER_SCREEN_OFF = "\u001b[?1049l"; // xterm's ctlseqs

    @TempDir
    private Path directory = Path.of("/tmp");

    private int port;
    private Daemons daemons;

    @BeforeEach
    void open() throws IOException {
        port = FreePort.any();
        daemons = new Daemons(directory);
    }

    @AfterEach
    void close() {
        daemons.close();
    }

    private Path define(String more) throws IOException {
        return Files.writeString(
                directory.resolve("netcluster.toml"),
                """
                name = "api"
                command = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", "%s", "%s", "selector", "127.0.0.1", "%d"]
                """.formatted(Running.classPath(), LineServer.class.getName(), port) + more + "\n");
    }

    private String start(String more) throws Exception {
        var file = define(more).toString();
        daemons.run("start", file).succeeded();
        return file;
    }

    @Test
    void aLifeFromStartToDelete() throws Exception {
        var file = define("workers = 2").toString();
        var started = daemons.run("start", "-f", file, "--json").succeeded();
        assertThat(started.last().path("workers").asInt()).isEqualTo(2);

        assertThat(daemons.run("ls", "--json").succeeded().json())
                .singleElement()
                .satisfies(cluster -> {
                    assertThat(cluster.path("name").asString()).isEqualTo("api");
                    assertThat(cluster.path("ready").asInt()).isEqualTo(2);
                    assertThat(cluster.path("pid").asLong())
                            .isEqualTo(started.last().path("pid").asLong());
                });
        assertThat(daemons.run("ls").out()).anyMatch(line -> line.matches("api +running +2/2 .*"));
        assertThat(daemons.run("describe", "api").out())
                .anyMatch(line -> line.matches("1 +ready .* 127.0.0.1:" + port + " \\(shared\\)"));
        assertThat(new Ledger(port).connect(50, 4).bySlot()).containsOnlyKeys(1, 2);

        daemons.run("scale", "api", "+1").succeeded();
        assertThat(daemons.workers("api")).hasSize(3);
        var before = daemons.workers("api");
        daemons.run("reload", "api").succeeded();
        assertThat(daemons.describe("api").path("generation").asInt()).isEqualTo(2);
        assertThat(daemons.workers("api")).hasSize(3).doesNotContainAnyElementsOf(before);
        daemons.run("scale", "api", "-2").succeeded();
        Running.await("one worker", _ -> workers() == 1);
        daemons.run("restart", "api").succeeded();
        assertThat(new Ledger(port).connect(50, 4).lost()).isEmpty();

        daemons.run("stop", "api").succeeded();
        assertThat(daemons.processes()).isEmpty();
        assertThat(KernelSockets.on(port)).isEmpty();
        assertThat(daemons.run("ls").out()).anyMatch(line -> line.matches("api +stopped .*"));

        daemons.run("start", "--again", "api").succeeded();
        assertThat(workers()).isEqualTo(2);
        daemons.run("delete", "api").succeeded();
        assertThat(daemons.processes()).isEmpty();
        assertThat(daemons.state().resolve("netcluster/api")).doesNotExist();
        assertThat(daemons.runtime().resolve("netcluster/api")).doesNotExist();
        assertThat(Path.of(file)).as("the user's own definition").exists();
        daemons.run("describe", "api").failed(3);
    }

    private int workers() {
        try {
            return daemons.workers("api").size();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aReloadPicksUpAChangedDefinitionAndRefusesAWrongOne() throws Exception {
        start("[env]\nCOLOUR = 'red'");
        var before = daemons.workers("api");

        define("worker = 4");
        var refused = daemons.run("reload", "api").failed(2);
        assertThat(refused.err())
                .anyMatch(
                        line -> line.endsWith("netcluster.toml:3:1: worker: there is no such key; is 'workers' meant?"))
                .anyMatch(line -> line.endsWith("nothing has been changed"));
        assertThat(daemons.workers("api")).isEqualTo(before);

        define("workers = 3\n[env]\nCOLOUR = 'green'");
        daemons.run("reload", "api").succeeded();
        assertThat(daemons.workers("api"))
                .hasSize(3)
                .allSatisfy(pid -> assertThat(Daemons.variable(pid, "COLOUR")).isEqualTo("green"));

        define("[env]\nCOLOUR = 'blue'");
        Running.signal("HUP", daemons.describe("api").path("pid").asLong());
        Running.await("a reload by SIGHUP", _ -> generation() == 3);
        Running.await("blue workers", _ -> workers() == 2);
        assertThat(daemons.workers("api"))
                .allSatisfy(pid -> assertThat(Daemons.variable(pid, "COLOUR")).isEqualTo("blue"));
    }

    private int generation() {
        try {
            var status = daemons.describe("api");
            return status.path("change").isString()
                    ? 0
                    : status.path("generation").asInt();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 2", "3, 4"})
    void aReloadHasNoMoreSlotsUnderWayThanItMay(int most, int parallel) throws Exception {
        start("workers = 3");
        var ledger = new Ledger(port);
        List<String> told;
        try (var load = ledger.load(4)) {
            load.awaitServed(20);
            told = daemons.run("reload", "api", "--parallel", String.valueOf(parallel))
                    .succeeded()
                    .out();
            load.awaitServed(20);
        }
        assertThat(ledger.lost()).isEmpty();
        int underWay = 0;
        int mostUnderWay = 0;
        for (var line : told) {
            underWay += line.matches(".*generation 2\\) starts") ? 1 : 0;
            underWay -= line.matches(".*generation 1\\) exited with 0") ? 1 : 0;
            mostUnderWay = Math.max(mostUnderWay, underWay);
        }
        assertThat(mostUnderWay).as(String.join("\n", told)).isEqualTo(most);
        assertThat(underWay).isZero();
    }

    @Test
    void workersAreReplacedWhenTheScheduleSaysSo() throws Exception {
        start("[limits]\nschedule = '* * * * *'");
        var before = daemons.workers("api");
        var ledger = new Ledger(port);
        try (var load = ledger.load(4)) {
            load.awaitServed(20);
            Awaitility.await("the next minute, and two replacements")
                    .atMost(Running.PATIENCE.plusMinutes(1))
                    .until(() -> {
                        var now = daemons.workers("api");
                        return now.size() == 2 && now.stream().noneMatch(before::contains);
                    });
            load.awaitServed(20);
        }
        assertThat(ledger.lost()).isEmpty();
        assertThat(daemons.run("logs", "api", "--primary", "--lines", "100")
                        .succeeded()
                        .out())
                .anyMatch(line -> line.contains("is replaced: it is due by the schedule * * * * *"));
    }

    @Test
    void aReloadToWhatCannotStartFailsAndTheOldWorkersServe() throws Exception {
        start("");
        var before = daemons.workers("api");
        Files.writeString(
                directory.resolve("netcluster.toml"), "name = 'api'\ncommand = ['-cp', '/nowhere', 'com.acme.Nope']");

        var failed = daemons.run("reload", "api").failed(1);

        assertThat(failed.err()).anyMatch(line -> line.contains("Could not find or load main class com.acme.Nope"));
        assertThat(failed.err())
                .as("the slot has its old worker")
                .noneMatch(line -> line.contains("slot 1 has failed"));
        assertThat(failed.out()).noneMatch(line -> line.contains("slot 1 has failed"));
        assertThat(daemons.workers("api")).isEqualTo(before);
        assertThat(new Ledger(port).connect(20, 4).lost()).isEmpty();
    }

    @Test
    void aStartThatFailsShowsTheLastLinesAndLeavesNothingRunning() throws Exception {
        var failed = daemons.run("start", "--name", "nope", "--", "-cp", "/nowhere", "com.acme.Nope")
                .failed(1);
        assertThat(failed.err())
                .anyMatch(line -> line.startsWith("netcluster: 'nope' could not be started: a worker ended before it"))
                .anyMatch(line -> line.contains("Could not find or load main class com.acme.Nope"));
        assertThat(daemons.processes()).isEmpty();

        assertThat(daemons.run("start", "--name", "nope", "/nowhere/x.jar")
                        .failed(1)
                        .err())
                .anyMatch(line -> line.contains("cannot read /nowhere/x.jar"));
        assertThat(daemons.processes()).isEmpty();

        var late = daemons.run(
                        "start",
                        "-f",
                        define("ready = 'explicit'\nready-timeout = '1s'").toString())
                .failed(1);
        assertThat(late.err()).anyMatch(line -> line.contains("not all workers were ready within 1 s"));
        assertThat(daemons.processes()).isEmpty();
    }

    @Test
    void aNameIsTakenOnce() throws Exception {
        var file = start("");
        var pid = daemons.describe("api").path("pid").asString();
        for (var command : List.of("start", "run")) {
            var refused = daemons.run(command, file).failed(4);
            assertThat(refused.err()).singleElement().asString().contains("'api' runs already (primary " + pid + ")");
        }
        assertThat(daemons.run("start", file, "--workers", "3").failed(2).err()).isNotEmpty();
        assertThat(new Ledger(port).connect(20, 4).lost()).isEmpty();
    }

    @Test
    void aPrimaryThatWasKilledIsGoneAndCanBeStartedAgain() throws Exception {
        start("orphan = 'terminate'");
        var primary =
                ProcessHandle.of(daemons.describe("api").path("pid").asLong()).orElseThrow();
        primary.destroyForcibly();
        primary.onExit().join();

        Running.await("its workers have ended", _ -> daemons.processes().isEmpty());
        assertThat(daemons.runtime().resolve("netcluster/api/admin"))
                .as("a stale socket")
                .exists();
        assertThat(daemons.run("ls").out()).anyMatch(line -> line.matches("api +stopped .*"));
        assertThat(daemons.run("reload", "api").failed(3).err())
                .singleElement()
                .asString()
                .contains("'api' does not run; 'netcluster start --again api' starts it");
        daemons.run("start", "--again", "api").succeeded();
        assertThat(new Ledger(port).connect(20, 4).lost()).isEmpty();
    }

    @Test
    void workersOutliveTheirPrimaryAndTheNextOneAdoptsThem() throws Exception {
        start("");
        var before = daemons.workers("api");
        var primary =
                ProcessHandle.of(daemons.describe("api").path("pid").asLong()).orElseThrow();
        primary.destroyForcibly();
        primary.onExit().join();

        assertThat(daemons.run("ls").out()).anyMatch(line -> line.matches("api +orphaned .*"));
        assertThat(new Ledger(port).connect(20, 4).lost()).isEmpty();
        assertThat(daemons.run("delete", "api").failed(3).err())
                .singleElement()
                .asString()
                .contains("'api' has lost its primary; 'netcluster start --again api' gives it another");
        daemons.run("start", "--again", "api").succeeded();
        assertThat(daemons.workers("api")).isEqualTo(before);
        assertThat(new Ledger(port).connect(20, 4).lost()).isEmpty();
        daemons.run("reload", "api").succeeded();
        daemons.run("delete", "api").succeeded();
        assertThat(daemons.processes()).isEmpty();
    }

    @Test
    void anUpgradeIsANewPrimaryWithTheSameWorkers() throws Exception {
        start("");
        var before = daemons.workers("api");
        var primary = daemons.describe("api").path("pid").asLong();
        var ledger = new Ledger(port);
        try (var upgrade = daemons.start("upgrade", "api")) {
            while (upgrade.process().isAlive()) {
                ledger.connect(10, 2);
            }
            assertThat(upgrade.awaitExit())
                    .as(String.join("\n", upgrade.lines()))
                    .isZero();
        }
        assertThat(ledger.lost()).isEmpty();
        assertThat(daemons.describe("api").path("pid").asLong()).isNotEqualTo(primary);
        assertThat(daemons.workers("api")).isEqualTo(before);

        define("worker = 1");
        daemons.run("upgrade", "api").failed(2);
        assertThat(daemons.workers("api")).isEqualTo(before);
    }

    @Test
    void workersThatWouldNotOutliveTheirPrimaryAreNotUpgraded() throws Exception {
        start("orphan = 'terminate'\nworkers = 1");
        assertThat(daemons.run("upgrade", "api").failed(4).err())
                .singleElement()
                .asString()
                .contains("these workers do not outlive their primary");
        assertThat(new Ledger(port).connect(20, 4).lost()).isEmpty();
    }

    @Test
    void whatWorkersPrintIsInFilesThatAreShownAndFollowed() throws Exception {
        var script = Files.writeString(directory.resolve("Talk.java"), """
                void main() throws Exception {
                    IO.println("hello");
                    System.err.println("trouble");
                    new java.net.ServerSocket(0).accept();
                }
                """);
        daemons.run("start", "--name", "talk", script.toString()).succeeded();
        var logs = daemons.state().resolve("netcluster/talk/logs");
        Running.await("both have spoken", _ -> has(logs, "worker-1.err") && has(logs, "worker-2.err"));

        var shown = daemons.run("logs", "talk", "--slot", "2").succeeded();
        assertThat(shown.out()).containsExactly("[2] hello");
        assertThat(shown.err()).containsExactly("[2] trouble");
        assertThat(daemons.run("logs", "talk", "--json").succeeded().json())
                .extracting(line -> line.path("slot").asInt()
                        + line.path("stream").asString()
                        + line.path("line").asString())
                .containsExactlyInAnyOrder("1outhello", "1errtrouble", "2outhello", "2errtrouble");

        Files.writeString(logs.resolve("worker-2.out.20260101T000000Z"), "one\ntwo\n");
        Files.writeString(logs.resolve("worker-2.out.20260102T000000Z"), "three\n");
        Running.await("rotated files", _ -> has(logs, "worker-2.out.20260101T000000Z.gz"));
        for (int lines = 0; lines <= 5; lines++) {
            var all = List.of("[2] one", "[2] two", "[2] three", "[2] hello");
            assertThat(daemons.run("logs", "talk", "--slot", "2", "--lines", String.valueOf(lines))
                            .succeeded()
                            .out())
                    .isEqualTo(all.subList(Math.max(0, all.size() - lines), all.size()));
        }

        try (var following = daemons.start("logs", "talk", "-f")) {
            following.await("^\\[1] hello$");
            var file = logs.resolve("worker-1.out");
            append(file, "one\n");
            following.await("^\\[1] one$");
            append(file, "tw");
            Files.move(file, logs.resolve("worker-1.out.1"));
            append(logs.resolve("worker-1.out.1"), "o\n");
            append(file, "three\n");
            following.await("^\\[1] three$");
            assertThat(following.lines("^\\[1] [ot]")).containsExactly("[1] one", "[1] two", "[1] three");
        }
        try (var files = Files.walk(daemons.state().resolve("netcluster"))) {
            assertThat(files.filter(each -> !each.getFileName().toString().endsWith("worker-1.out")))
                    .allSatisfy(each -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(each)))
                            .as(each.toString())
                            .isEqualTo(Files.isDirectory(each) ? "rwx------" : "rw-------"));
        }
        assertThat(daemons.run("logs", "talk", "--primary").succeeded().out())
                .anyMatch(line -> line.contains("starts 2 workers of"));
    }

    private static boolean has(Path logs, String name) {
        return logs.resolve(name).toFile().length() > 0;
    }

    private static void append(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    @Test
    void eventsAreToldAsTheyHappen() throws Exception {
        start("workers = 1");
        assertThat(daemons.run("events", "api", "--json").succeeded().json())
                .extracting(event -> event.path("event").asString())
                .contains("forked", "online", "ready", "listening");
        try (var following = daemons.start("events", "api", "--json", "-f", "--last", "1")) {
            following.await("\"event\""); // what was told last: it follows
            Running.signal("KILL", daemons.workers("api").getFirst());
            following.await("\"event\":\"exited\".*\"status\":137");
            following.await("\"event\":\"ready\"");
            daemons.run("stop", "api").succeeded();
            assertThat(following.awaitExit()).isZero();
        }
        daemons.run("events", "api").failed(3);
    }

    @Test
    void topWithoutATerminalIsOneTable() throws Exception {
        start("workers = 1");
        var top = daemons.run("top", "api").succeeded();
        assertThat(top.out().getFirst()).startsWith("api: 1 of 1 workers ready, generation 1");
        assertThat(top.out()).hasSize(4).noneMatch(line -> line.contains("\u001b"));
        var worker = daemons.run("top", "api", "--json").succeeded().last().at("/seats/0");
        assertThat(worker.path("rss").asLong()).isPositive();
        assertThat(worker.path("heapUsed").asLong())
                .isPositive()
                .isLessThanOrEqualTo(worker.path("heapMax").asLong());
    }

    /** What script(1) writes down is what the terminal got: the screen's changes, and in the end the screen from before. */
    @Test
    void topOnATerminalIsLive() throws Exception {
        start("workers = 1");
        var seen = directory.resolve("typescript");
        var command = "stty rows 24 cols 100; TERM=xterm exec " + quoted(Daemons.command("top", "api"));
        try (var terminal =
                Running.start(List.of("script", "-qefc", command, seen.toString()), daemons.environment())) {
            awaitSeen(seen, "api: 1 of 1 workers ready");
            awaitSeen(seen, " HEAP ");
            daemons.run("scale", "api", "+1").succeeded();
            awaitSeen(seen, "2     ready");
            assertThat(Files.readString(seen)).doesNotContain(OTHER_SCREEN_OFF);
            terminal.process().getOutputStream().write('q');
            terminal.process().getOutputStream().flush();
            assertThat(terminal.awaitExit()).isZero();
            assertThat(Files.readString(seen)).contains(OTHER_SCREEN_OFF);
        }
    }

    private static void awaitSeen(Path typescript, String text) {
        Running.await(text, _ -> {
            try {
                return Files.exists(typescript)
                        && Files.readString(typescript, StandardCharsets.ISO_8859_1)
                                .contains(text);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    private static String quoted(List<String> command) {
        return command.stream().map(word -> "'" + word + "'").collect(Collectors.joining(" "));
    }

    @Test
    void aClusterInTheForegroundThatHasANameCanBeAskedToo() throws Exception {
        var file = define("workers = 1").toString();
        try (var cluster = daemons.start(List.of("setsid"), "run", file)) {
            cluster.awaitListening(1);
            daemons.run("scale", "api", "2").succeeded();
            cluster.signal("HUP");
            cluster.await("reload to generation 2 is complete");
            assertThat(daemons.run("logs", "api").failed(1).err())
                    .singleElement()
                    .asString()
                    .contains("it runs in the foreground");
            daemons.run("stop", "api").succeeded();
            assertThat(cluster.awaitExit()).isZero();
        }
    }

    /** script(1) gives it one. */
    @Test
    void aClusterWithATerminalStopsWhenThatHangsUp() throws Exception {
        var command =
                "exec " + quoted(Daemons.command("run", define("workers = 1").toString()));
        try (var terminal = Running.start(List.of("script", "-qec", command, "/dev/null"), daemons.environment())) {
            terminal.await("listens on");
            Running.signal("HUP", daemons.describe("api").path("pid").asLong());
            terminal.await("hung up: stopping 1 workers");
            assertThat(terminal.awaitExit()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            reload                     | 2 | Missing required parameter: 'NAME'
            reload nope                | 3 | no cluster is called 'nope'; none is running. Try 'netcluster ls'
            restart nope               | 3 | no cluster is called 'nope'
            scale nope 2               | 3 | no cluster is called 'nope'
            upgrade nope               | 3 | no cluster is called 'nope'
            stop nope                  | 3 | no cluster is called 'nope'
            delete nope                | 3 | no cluster is called 'nope'
            logs nope                  | 3 | no cluster is called 'nope'
            logs nope --lines -1       | 2 | --lines takes a number from 0 on, not -1
            top nope                   | 3 | no cluster is called 'nope'
            events nope                | 3 | no cluster is called 'nope'
            describe ../x              | 2 | '../x' can be no cluster's name
            scale nope two             | 2 | 'two' is no number of workers, such as 4, +1 or -1
            reload nope --parallel 0   | 2 | --parallel takes a number of workers from 1 on, not 0
            start x.jar                | 2 | a cluster in the background has a name
            start --again nope         | 3 | no cluster 'nope' was started here before
            start -f /nowhere/x.toml   | 2 | /nowhere/x.toml: there is no such file; 'netcluster init' writes one
            start -n 0 --name .. x.jar | 2 | --name: expected up to 64 letters
            daemon nope                | 2 | there is no such file
            completion fish            | 2 | 'fish'
            """)
    void aWrongCommandIsAnsweredInASentence(String arguments, int status, String sentence) throws Exception {
        var failed = daemons.run(arguments.split(" ")).failed(status);
        assertThat(failed.err().getFirst()).startsWith("netcluster: ").contains(sentence);
    }

    @Test
    void errorsAreJsonTooWhereJsonIsWanted() throws Exception {
        var failed = daemons.run("reload", "nope", "--json").failed(3);
        assertThat(failed.err()).isEmpty();
        assertThat(failed.last().path("exit").asInt()).isEqualTo(3);
        assertThat(failed.last().path("error").asString()).startsWith("no cluster is called 'nope'");
    }

    @Test
    void initWritesADefinitionAndNeverOverOne() throws Exception {
        var file = directory.resolve("sub/netcluster.toml");
        Files.createDirectories(file.resolveSibling(""));
        daemons.run("init", file.toString()).succeeded();
        assertThat(file).content().contains("name = \"sub\"");
        assertThat(daemons.run("init", file.toString()).failed(1).err())
                .singleElement()
                .asString()
                .contains("is there already, and is left as it is");
        assertThat(daemons.run("start", file.toString()).failed(1).err())
                .anyMatch(line -> line.contains("cannot read " + file.resolveSibling("app.jar")));
    }

    @Test
    void theShellCompletesCommandsAndOptions() throws Exception {
        var script = directory.resolve("completion");
        Files.write(script, daemons.run("completion", "bash").succeeded().out());
        var completing = "source " + script + "; COMP_WORDS=(netcluster rel); COMP_CWORD=1;"
                + " _complete_netcluster; echo ${COMPREPLY[@]}";
        try (var bash = Running.start(List.of("bash", "-c", completing), Map.of())) {
            assertThat(bash.awaitExit()).isZero();
            assertThat(bash.lines()).containsExactly("reload");
        }
    }
}
