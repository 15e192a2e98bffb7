package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.Cluster;
import io.netcluster.it.programs.LineServer;
import io.netcluster.it.programs.Puppet;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which JVM is a worker, what it knows of itself, and what the agent leaves in it. */
final class WorkerIdentityTest {
    @TempDir
    private Path directory = Path.of("/tmp");

    @Test
    void aWorkerKnowsItsPlaceByEnvironmentAndProperties() throws Exception {
        try (var puppets = Puppets.start(2, "--name", "shop")) {
            for (int slot = 1; slot <= 2; slot++) {
                assertThat(puppets.done(slot, "property netcluster.slot")).isEqualTo("" + slot);
                assertThat(puppets.done(slot, "environment NETCLUSTER_SLOT")).isEqualTo("" + slot);
                assertThat(puppets.done(slot, "property netcluster.name")).isEqualTo("shop");
                assertThat(puppets.done(slot, "environment NETCLUSTER_NAME")).isEqualTo("shop");
                assertThat(puppets.done(slot, "property netcluster.generation")).isEqualTo("1");
                assertThat(puppets.done(slot, "environment NETCLUSTER_GENERATION"))
                        .isEqualTo("1");
                assertThat(puppets.done(slot, "property netcluster.id"))
                        .isEqualTo(puppets.done(slot, "environment NETCLUSTER_ID"));
            }
            assertThat(puppets.done(1, "property netcluster.id"))
                    .isNotEqualTo(puppets.done(2, "property netcluster.id"));
        }
    }

    @Test
    void aJvmThatAWorkerStartsIsAnOrdinaryJvm() throws Exception {
        int port = FreePort.any();
        try (var puppets = Puppets.start(1)) {
            puppets.done(1, "open a socket 127.0.0.1 " + port);
            assertThat(puppets.done(1, "spawn x " + port)).isEqualTo("null BindException: Address already in use");
            assertThat(puppets.done(1, "spawn x " + FreePort.any())).isEqualTo("null bound");
        }
    }

    /** Started by hand here, as by a primary that has died before the JVM came to its agent. */
    @Test
    void aWorkerWhosePrimaryIsGoneAlreadyDoesNotRunAsAProgramOfItsOwn() throws Exception {
        var environment = Map.of("NETCLUSTER_LINK", directory.resolve("link").toString());
        try (var worker = Running.start(orphan("=worker"), environment)) {
            assertThat(worker.awaitExit()).isZero();
            assertThat(worker.lines()).isEmpty();
        }
        try (var scripts = Running.start(orphan(""), environment)) {
            scripts.await("LineServer");
        }
    }

    private static List<String> orphan(String argument) throws Exception {
        return List.of(
                Running.JAVA,
                "-javaagent:" + netcluster() + argument,
                "-cp",
                Running.classPath(),
                LineServer.class.getName());
    }

    private static Path netcluster() throws Exception {
        try (var jars = Files.newDirectoryStream(Running.HOME.resolve("cli/target/lib"), "netcluster-*.jar")) {
            return jars.iterator().next();
        }
    }

    /** Then the JVM finds the agent's first class in the module, and calls it all the same. */
    @Test
    void aProgramThatHasNetclusterAsAModuleIsAWorkerToo() throws Exception {
        int port = FreePort.any();
        Files.writeString(directory.resolve("module-info.java"), "module app { requires io.netcluster; }");
        Files.createDirectory(directory.resolve("app"));
        var source = Files.writeString(directory.resolve("app/Main.java"), """
                package app;
                public class Main {
                    public static void main(String[] arguments) throws Exception {
                        System.out.println(io.netcluster.Cluster.class.getModule() + " "
                                + io.netcluster.Cluster.isWorker());
                        new java.net.ServerSocket(Integer.parseInt(arguments[0])).accept();
                    }
                }
                """);
        var classes = directory.resolve("classes").toString();
        assertThat(ToolProvider.findFirst("javac")
                        .orElseThrow()
                        .run(
                                System.out,
                                System.err,
                                "-p",
                                netcluster().toString(),
                                "-d",
                                classes,
                                directory.resolve("module-info.java").toString(),
                                source.toString()))
                .isZero();
        try (var cluster =
                Running.cluster("-n", "2", "--", "-p", classes + ":" + netcluster(), "-m", "app/app.Main", "" + port)) {
            assertThat(cluster.awaitListening(2))
                    .extracting(Running.Listening::port)
                    .containsOnly(port);
            assertThat(cluster.lines("module io.netcluster true$")).hasSize(2);
            assertThat(cluster.stop()).isEqualTo(0);
        }
    }

    /** As an IDE runs it: the agent's first class comes from a folder, and all others from the jar that is made of it. */
    @Test
    void aProgramThatHasNetclusterAsAFolderOfClassesIsAWorkerToo() throws Exception {
        int port = FreePort.any();
        var classPath = Running.HOME.resolve("cluster/target/classes") + ":" + Running.classPath();
        try (var cluster = Running.cluster(
                Running.words(List.of("-cp", classPath), LineServer.class, "socket", "127.0.0.1", "" + port))) {
            assertThat(cluster.awaitListening(2))
                    .extracting(Running.Listening::port)
                    .containsOnly(port);
            assertThat(cluster.stop()).isZero();
        }
    }

    private Path script(String... lines) throws Exception {
        var script = directory.resolve("server");
        Files.writeString(script, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        return script;
    }

    /** As many start scripts do: it asks java for its version first, and then does not exec. */
    @Test
    void aStartScriptIsAWorkerToo() throws Exception {
        int port = FreePort.any();
        var script = script(
                "version=$('" + Running.JAVA + "' -version 2>&1)",
                "'" + Running.JAVA + "' -cp '" + Running.classPath() + "' " + LineServer.class.getName()
                        + " socket 127.0.0.1 $1");
        try (var cluster = Running.cluster("-n", "2", "--", script.toString(), "" + port)) {
            var workers = cluster.awaitListening(2);
            assertThat(workers).allMatch(worker -> worker.where().contains("shared"));
            var ledger = new Ledger(port).connect(200, 16);
            assertThat(ledger.lost()).isEmpty();
            assertThat(ledger.bySlot()).containsOnlyKeys(1, 2);
            assertThat(cluster.lines("Picked up")).isEmpty();
            assertThat(cluster.stop()).isZero();
            assertThat(workers)
                    .allMatch(worker -> ProcessHandle.of(worker.pid()).isEmpty());
        }
    }

    @Test
    void aJvmThatAScriptsWorkerStartsIsOrdinaryThoughItInheritsTheAgent() throws Exception {
        var script = script("exec '" + Running.JAVA + "' -cp '" + Running.classPath() + "' " + Puppet.class.getName());
        int port = FreePort.any();
        try (var cluster = Running.cluster("-n", "1", "--", script.toString())) {
            int control =
                    Integer.parseInt(cluster.await("^\\[1] control (\\d+)").group(1));
            assertThat(Puppets.tellAt(control, "spawn x " + port)).isEqualTo("null bound");
            assertThat(Puppets.tellAt(control, "open a socket 127.0.0.1 " + port))
                    .isEqualTo("" + port);
            assertThat(Puppets.tellAt(control, "spawn x " + port))
                    .isEqualTo("null BindException: Address already in use");
        }
    }

    @Test
    void anOlderJavaIsToldInOneSentence() throws Exception {
        var older = OlderJava.find();
        try (var cluster = Running.cluster("-n", "1", "--", older, "-version")) {
            assertThat(cluster.awaitExit()).isEqualTo(1);
            assertThat(cluster.lines())
                    .singleElement()
                    .asString()
                    .startsWith("! netcluster: a worker needs Java 25 or later, and " + older + " is Java ");
        }
        // behind a script it is the agent that finds out, and there is no use in starting it again
        var script = script("exec '" + older + "' -cp '" + Running.classPath() + "' Main");
        try (var cluster = Running.cluster("-n", "1", "--", script.toString())) {
            assertThat(cluster.awaitExit()).isEqualTo(78);
            assertThat(cluster.lines("^(! )?\\["))
                    .singleElement()
                    .asString()
                    .startsWith("! [1] netcluster: a worker needs Java 25 or later, and ");
        }
    }

    @Test
    void theAgentAddsTwoThreadsAtMostAndPrintsNothing() throws Exception {
        try (var puppets = Puppets.start(1)) {
            puppets.done(1, "open a socket 127.0.0.1 " + FreePort.any());
            assertThat(puppets.done(1, "threads").split(", "))
                    .filteredOn(name -> name.contains("netcluster"))
                    .containsExactlyInAnyOrder("netcluster-link", "netcluster-announce");
            assertThat(puppets.running().lines("^(! )?\\[")).allMatch(line -> line.contains("control"));
        }
    }

    @Test
    void workersShareTheMachinesMemoryUnlessTheUserSaysOtherwise() throws Exception {
        try (var puppets = Puppets.start(2)) {
            puppets.running().await("starts 2 workers of .*Puppet, with -XX:MaxRAMPercentage=37.50$");
            assertThat(puppets.done(1, "arguments")).contains("-XX:MaxRAMPercentage=37.50");
        }
        try (var puppets = Puppets.start(2, "--no-fit")) {
            assertThat(puppets.done(1, "arguments")).doesNotContain("MaxRAMPercentage");
        }
        try (var puppets = Puppets.start(List.of(), Map.of(), List.of("-Xmx100m"), 2)) {
            assertThat(puppets.done(1, "arguments")).doesNotContain("MaxRAMPercentage");
            assertThat(puppets.running().lines("starts 2 workers")).noneMatch(line -> line.contains("with"));
        }
    }

    @Test
    void itMayBeInstalledWhereThePathHasASpace() throws Exception {
        var home = Files.createDirectories(directory.resolve("a place/lib")).getParent();
        try (var files = Files.walk(Running.HOME.resolve("cli/target"), 2)) {
            for (var jar :
                    files.filter(file -> file.toString().endsWith(".jar")).toList()) {
                var copy = home.resolve(Running.HOME.resolve("cli/target").relativize(jar));
                Files.createDirectories(copy.getParent());
                Files.copy(jar, copy);
            }
        }
        int port = FreePort.any();
        var command = new ArrayList<>(
                List.of(Running.JAVA, "-jar", home.resolve("netcluster-cli.jar").toString(), "run"));
        command.addAll(List.of(Running.program(LineServer.class, "socket", "127.0.0.1", port)));
        try (var cluster = Running.start(command, Map.of())) {
            cluster.awaitListening(2);
            assertThat(new Ledger(port).connect(50, 8).lost()).isEmpty();
        }
    }

    @Test
    void outsideAClusterTheAgentDoesNothing() throws Exception {
        int port = FreePort.any();
        var agent = Path.of(Cluster.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        try (var alone = Running.start(
                List.of(
                        Running.JAVA,
                        "-javaagent:" + agent,
                        "-cp",
                        Running.classPath(),
                        LineServer.class.getName(),
                        "socket",
                        "127.0.0.1",
                        "" + port),
                Map.of())) {
            Running.await("listens", _ -> new Ledger(port).connectQuietly());
            assertThat(alone.lines()).isEmpty();
        }
    }
}
