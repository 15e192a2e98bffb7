package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.Cluster;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.loader.launch.JarLauncher;

/** However a program is started, it can fork itself, with its arguments. */
final class WaysToStartTest {
    private static final String PROGRAM = """
            %s
            import io.netcluster.Cluster;

            public class Main {
                public static void main(String[] arguments) throws Exception {
                    if (Cluster.isPrimary()) {
                        try (var cluster = Cluster.open()) {
                            cluster.fork();
                            cluster.awaitExit();
                        }
                    } else {
                        System.out.println("worker " + Cluster.thisWorker().slot() + " of " + String.join("|", arguments));
                    }
                }
            }
            """;
    private static final String CONTAINER = """
            import java.net.*;
            import java.nio.file.*;

            public class Container {
                public static void main(String[] arguments) throws Exception {
                    var urls = new URL[] {Path.of(arguments[0]).toUri().toURL(), Path.of(arguments[1]).toUri().toURL()};
                    var ownFirst = new URLClassLoader(urls, ClassLoader.getPlatformClassLoader());
                    ownFirst.loadClass("Main").getMethod("main", String[].class)
                            .invoke(null, (Object) new String[] {"first", "a second"});
                }
            }
            """;
    private static final String SAID = "worker 1 of first|a second";

    @TempDir
    private Path directory = Path.of("/tmp");

    private static Path netcluster() throws Exception {
        return Path.of(Cluster.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
    }

    /** Compiles sources, by their names, into a directory. */
    private Path compile(Map<String, String> sources, String... options) throws Exception {
        var classes = Files.createDirectory(directory.resolve("classes"));
        var words = new ArrayList<>(List.of(options));
        words.addAll(List.of("-proc:none", "-d", classes.toString()));
        for (var source : sources.entrySet()) {
            var file = Files.createDirectories(directory.resolve("source")).resolve(source.getKey());
            Files.writeString(file, source.getValue());
            words.add(file.toString());
        }
        assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, words.toArray(String[]::new)))
                .isZero();
        return classes;
    }

    private Path compiled() throws Exception {
        return compile(
                Map.of("Main.java", PROGRAM.formatted(""), "Container.java", CONTAINER),
                "-cp",
                netcluster().toString());
    }

    /** A jar of directories' files, and of files under other names, which are not compressed. */
    private Path jar(Map<String, String> attributes, List<Path> directories, Map<String, Path> files) throws Exception {
        var manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.forEach((name, value) -> manifest.getMainAttributes().putValue(name, value));
        var made = directory.resolve("program.jar");
        try (OutputStream out = Files.newOutputStream(made);
                var jar = new JarOutputStream(out, manifest)) {
            for (var from : directories) {
                try (var all = Files.walk(from)) {
                    for (var file : all.filter(each -> !each.equals(from)).toList()) {
                        boolean folder = Files.isDirectory(file); // Spring Boot looks for these, too
                        jar.putNextEntry(new ZipEntry(from.relativize(file) + (folder ? "/" : "")));
                        if (!folder) {
                            Files.copy(file, jar);
                        }
                    }
                }
            }
            for (var file : files.entrySet()) {
                jar.putNextEntry(stored(file.getKey(), Files.readAllBytes(file.getValue())));
                Files.copy(file.getValue(), jar);
            }
        }
        return made;
    }

    private static ZipEntry stored(String name, byte[] bytes) {
        var entry = new ZipEntry(name);
        var crc = new CRC32();
        crc.update(bytes);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(bytes.length);
        entry.setCrc(crc.getValue());
        return entry;
    }

    /** What is in a jar, but for its manifest, as files in a directory. */
    private static Path unpack(Path jar, Path to) throws IOException {
        try (var from = new JarFile(jar.toFile())) {
            for (var entry : from.stream().filter(each -> !each.isDirectory()).toList()) {
                var file = to.resolve(entry.getName());
                Files.createDirectories(file.getParent());
                if (!entry.getName().equals(JarFile.MANIFEST_NAME)) {
                    Files.write(file, from.getInputStream(entry).readAllBytes());
                }
            }
        }
        return to;
    }

    /** Returns all that it printed. */
    private List<String> run(Object... words) throws Exception {
        var command = new ArrayList<>(List.of(Running.JAVA));
        for (var word : words) {
            command.add(word.toString());
        }
        try (var running = Running.start(command, Map.of())) {
            running.await(".");
            assertThat(running.awaitExit()).as(running.lines().toString()).isZero();
            Running.await("all of it", _ -> !running.lines("^worker").isEmpty());
            assertThat(Launch.lines(running)).containsExactly(SAID);
            return running.lines();
        }
    }

    @Test
    void byAClassPathAndTheJvmsWarningIsThePrimarysAlone() throws Exception {
        var path = compiled() + ":" + netcluster();
        assertThat(run("-cp", path, "Main", "first", "a second"))
                .filteredOn(line -> line.contains("has been called by io.netcluster.sys.Linux in an unnamed module"))
                .hasSize(1);
        assertThat(run("--enable-native-access=ALL-UNNAMED", "-cp", path, "Main", "first", "a second"))
                .containsExactly(SAID);
    }

    @Test
    void byAnExplodedDirectory() throws Exception {
        var classes = unpack(netcluster(), compiled());
        run("-cp", classes, "Main", "first", "a second");
    }

    @Test
    void byAJarThatNamesItsClassPath() throws Exception {
        var jar = jar(
                Map.of("Main-Class", "Main", "Class-Path", netcluster().toUri().toString()),
                List.of(compiled()),
                Map.of());
        run("-jar", jar, "first", "a second");
    }

    @Test
    void byAShadedJarWhichMayAllowNativeCallsItself() throws Exception {
        var all = unpack(netcluster(), compiled());
        var jar = jar(Map.of("Main-Class", "Main", "Enable-Native-Access", "ALL-UNNAMED"), List.of(all), Map.of());
        assertThat(run("-jar", jar, "first", "a second")).containsExactly(SAID);
    }

    @Test
    void byAModulePath() throws Exception {
        var ours = netcluster().toString();
        var classes = compile(
                Map.of(
                        "Main.java",
                        PROGRAM.formatted("package app;"),
                        "module-info.java",
                        "module app { requires io.netcluster; }"),
                "-p",
                ours);
        assertThat(run("-p", classes + ":" + ours, "-m", "app/app.Main", "first", "a second"))
                .filteredOn(line -> line.contains("has been called by io.netcluster.sys.Linux in module io.netcluster"))
                .hasSize(1);
        assertThat(run(
                        "--enable-native-access=io.netcluster",
                        "--module-path=" + classes + ":" + ours,
                        "--module=app/app.Main",
                        "first",
                        "a second"))
                .containsExactly(SAID);
    }

    @Test
    void byAnArgumentFile() throws Exception {
        var file = directory.resolve("arguments");
        Files.writeString(file, "-cp " + compiled() + ":" + netcluster() + "\nMain first\n\"a second\"\n");
        run("@" + file);
        Files.writeString(file, "-cp " + directory.resolve("classes") + ":" + netcluster());
        run("@" + file, "Main", "first", "a second");
    }

    @Test
    void byItsSource() throws Exception {
        var source = directory.resolve("Main.java");
        Files.writeString(source, PROGRAM.formatted(""));
        run("-cp", netcluster(), source, "first", "a second");
    }

    @Test
    void bySpringBootsJarOfJars() throws Exception {
        var classes = compiled();
        var root = Files.createDirectories(directory.resolve("boot"));
        Files.createDirectories(root.resolve("BOOT-INF"));
        Files.move(classes, root.resolve("BOOT-INF/classes"));
        var loader = Path.of(JarLauncher.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        unpack(loader, root);
        var jar = jar(
                Map.of(
                        "Main-Class",
                        JarLauncher.class.getName(),
                        "Start-Class",
                        "Main",
                        "Spring-Boot-Classes",
                        "BOOT-INF/classes/",
                        "Spring-Boot-Lib",
                        "BOOT-INF/lib/"),
                List.of(root),
                Map.of("BOOT-INF/lib/netcluster.jar", netcluster()));
        run("-jar", jar, "first", "a second");
    }

    /** As web applications are loaded: each with its own copy of netcluster, whatever the container has. */
    @Test
    void byAContainerWhoseApplicationsBringTheirOwnLibraries() throws Exception {
        var classes = compiled();
        var copy = Files.copy(netcluster(), directory.resolve("copy.jar"));
        run("-cp", classes, "Container", classes, copy);
        run("-cp", classes + ":" + netcluster(), "Container", classes, copy);
    }
}
