package io.netcluster.primary;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The program that workers run: how its command line is made, and how the agent gets into it.
 *
 * <p>The agent goes onto the command line of a {@code java} that netcluster starts itself. A start script starts its
 * java later, so there it travels in JDK_JAVA_OPTIONS, which the java launcher reads since JDK 9.
 */
final class Program {
    static final String LAUNCHER_OPTIONS = "JDK_JAVA_OPTIONS";
    private static final List<String> OPTIONS = List.of(LAUNCHER_OPTIONS, "JAVA_TOOL_OPTIONS");
    private static final int OLDEST_JAVA = 25;
    private static final Pattern HEAP_OPTION = Pattern.compile(
            "(^|\\s)(-Xmx|-XX:MaxHeapSize=|-XX:(Max|Min|Initial)RAMPercentage=|-XX:MaxRAM=|-XX:MaxRAMFraction=)");
    private static final Set<String> WITH_VALUE = Set.of(
            "-cp",
            "-classpath",
            "--class-path",
            "-p",
            "--module-path",
            "--upgrade-module-path",
            "--add-modules",
            "--limit-modules",
            "--add-exports",
            "--add-opens",
            "--add-reads",
            "--patch-module",
            "--source",
            "--enable-native-access");
    // a worker does not die of the Ctrl-C that the terminal sends to all: the primary tells it when to stop
    private static final List<String> DEAF_TO_INTERRUPT =
            List.of("/bin/sh", "-c", "trap '' INT; exec \"$@\"", "netcluster");

    private final Definition definition;
    private final List<String> before;
    private final List<String> after;
    private final boolean java;

    private Program(Definition definition, List<String> before, List<String> after, boolean java) {
        this.definition = definition;
        this.before = before;
        this.after = after;
        this.java = java;
    }

    /** Finds out what the command is. */
    static Program of(Definition definition) throws CannotStartException {
        var command = definition.command();
        var first = command.getFirst();
        var rest = command.subList(1, command.size());
        if (first.endsWith(".jar")) {
            readable(first, "jar");
            var words = new ArrayList<>(List.of("-jar"));
            words.addAll(command);
            return new Program(definition, List.of(ownJava()), words, true);
        }
        if (first.endsWith(".java")) {
            readable(first, "source file");
        }
        if (first.startsWith("-") || first.startsWith("@") || first.endsWith(".java")) {
            return new Program(definition, List.of(ownJava()), command, true);
        }
        var found = find(first);
        if (found == null) {
            if (first.contains("/")) {
                throw new CannotStartException(
                        "cannot run " + first + ": there is no such program, or it may not be executed");
            }
            return new Program(definition, List.of(ownJava()), command, true);
        }
        if (found.getFileName().toString().equals("java")) {
            checkVersion(found);
            return new Program(definition, List.of(found.toString()), rest, true);
        }
        return new Program(definition, List.of(found.toString()), rest, false);
    }

    private static String ownJava() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private static void readable(String file, String kind) throws CannotStartException {
        var path = Path.of(file);
        if (!Files.isReadable(path) || Files.isDirectory(path)) {
            throw new CannotStartException(
                    "cannot read " + path.toAbsolutePath() + "; give the path of the " + kind + " that is to be run");
        }
    }

    private static @Nullable Path find(String program) {
        if (program.contains("/")) {
            var path = Path.of(program);
            return Files.isExecutable(path) && !Files.isDirectory(path) ? path : null;
        }
        for (var directory : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
            var path = Path.of(directory, program);
            if (!directory.isEmpty() && Files.isExecutable(path) && !Files.isDirectory(path)) {
                return path;
            }
        }
        return null;
    }

    /** A JDK tells its version in its file {@code release}; where there is none, the agent will look. */
    private static void checkVersion(Path executable) throws CannotStartException {
        try {
            var release = executable.toRealPath().resolve("../../release").normalize();
            try (InputStream in = Files.newInputStream(release)) {
                var properties = new Properties();
                properties.load(in);
                var version = properties.getProperty("JAVA_VERSION", "").replace("\"", "");
                var feature = version.split("\\.")[0];
                if (!feature.isEmpty() && Integer.parseInt(feature) < OLDEST_JAVA) {
                    throw new CannotStartException("a worker needs Java " + OLDEST_JAVA + " or later, and "
                            + executable + " is Java " + version
                            + "; leave out the word java to use " + ownJava()
                            + ", or put a newer java first on the PATH");
                }
            }
        } catch (IOException | NumberFormatException e) {
            return; // no JDK of the usual layout
        }
    }

    /** The options that fit a worker's heap to its share of the machine; none if the user has set a heap. */
    List<String> heapOptions() {
        var environment = new HashMap<>(System.getenv());
        restore(environment);
        var said = String.join(" ", after) + " " + environment.getOrDefault("JAVA_OPTS", "");
        for (var name : OPTIONS) {
            said += " " + environment.getOrDefault(name, "");
        }
        if (!definition.fit() || HEAP_OPTION.matcher(said).find()) {
            return List.of();
        }
        return List.of(String.format(Locale.ROOT, "-XX:MaxRAMPercentage=%.4g", 75.0 / definition.workers()));
    }

    /** The process that is to be a worker, but for the environment that tells it so. */
    ProcessBuilder process(int slot, Map<String, String> worker) {
        var ports = new OwnPorts(definition.own());
        var assigned = ports.assign(after, slot);
        var own = new ArrayList<>(assigned.own());
        var options = new ArrayList<>(List.of("-javaagent:" + Definition.jar()));
        options.addAll(heapOptions());
        var command = new ArrayList<>(DEAF_TO_INTERRUPT);
        command.addAll(before);
        if (java) {
            command.addAll(options);
        }
        command.addAll(assigned.command());
        var builder = new ProcessBuilder(command);
        var environment = builder.environment();
        restore(environment);
        for (var name : OPTIONS) {
            environment.computeIfPresent(name, (_, value) -> {
                var words = ports.assign(List.of(value.split(" ")), slot);
                own.addAll(words.own());
                return String.join(" ", words.command());
            });
        }
        if (!java) {
            var users = environment.get(LAUNCHER_OPTIONS);
            var quoted = "\"" + String.join("\" \"", options) + "\"";
            environment.put(LAUNCHER_OPTIONS, users == null ? quoted : quoted + " " + users);
        }
        environment.putAll(worker);
        environment.put(
                "NETCLUSTER_OWN",
                String.join(
                        ",", own.stream().map(PortRange::toString).distinct().toList()));
        return builder.redirectInput(new File("/dev/null"));
    }

    /** Options for Java in the environment are the workers': the launcher has put them aside, that the primary heeds none. */
    private static void restore(Map<String, String> environment) {
        for (var name : OPTIONS) {
            var kept = environment.remove("NETCLUSTER_KEPT_" + name);
            if (kept != null) {
                environment.put(name, kept);
            }
        }
    }

    /** Whether the worker's JVM is the very process that is started, and not a script's child. */
    boolean isJava() {
        return java;
    }

    /** What runs, in a word: the jar, the main class or module, or the script. */
    @Override
    public String toString() {
        return java ? mainOf(after) : definition.command().getFirst();
    }

    private static String mainOf(List<String> words) {
        for (int i = 0; i < words.size(); i++) {
            var word = words.get(i);
            boolean last = i + 1 == words.size();
            if (!last && (word.equals("-jar") || word.equals("-m") || word.equals("--module"))) {
                return words.get(i + 1);
            }
            if (WITH_VALUE.contains(word)) {
                i++;
            } else if (!word.startsWith("-") && !word.startsWith("@")) {
                return word;
            }
        }
        return String.join(" ", words);
    }
}
