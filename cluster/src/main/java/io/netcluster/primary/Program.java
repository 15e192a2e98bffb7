package io.netcluster.primary;

import io.netcluster.primary.Settings.User;
import io.netcluster.sys.PortRange;
import io.netcluster.wire.PortRule;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The program that workers run: how its command line is made, and how the agent gets into it.
 *
 * <p>The agent goes onto the command line of a {@code java} that netcluster starts itself. A start script starts its
 * java later, so there it travels in JDK_JAVA_OPTIONS, which the java launcher reads since JDK 9.
 */
final class Program {
    static final String LAUNCHER_OPTIONS = "JDK_JAVA_OPTIONS";

    /** Where the agent finds its jar: a class of its own may have been loaded from elsewhere. */
    static final String AGENT = "NETCLUSTER_AGENT";

    static final String SLOT = "NETCLUSTER_SLOT";

    /** The options that load an agent, see {@link #agentOption}. */
    static final String AGENT_OPTION = "-javaagent:";

    static final String LIBRARY_AGENT = "-agentlib:instrument=";

    private static final String KEPT = "NETCLUSTER_KEPT_";
    private static final List<String> OPTIONS = List.of(LAUNCHER_OPTIONS, "JAVA_TOOL_OPTIONS");
    private static final Pattern MODULES =
            Pattern.compile("(^|\\s)(--limit-modules|@)"); // an argument file may hold it
    private static final int OLDEST_JAVA = 25;
    private static final Pattern HEAP_OPTION = Pattern.compile(
            "(^|\\s)(-Xmx|-XX:MaxHeapSize=|-XX:(Max|Min|Initial)RAMPercentage=|-XX:MaxRAM=|-XX:MaxRAMFraction=)");
    // a worker does not die of the Ctrl-C that the terminal sends to all: the primary tells it when to stop
    private static final List<String> DEAF_TO_INTERRUPT =
            List.of("/bin/sh", "-c", "trap '' INT; exec \"$@\"", "netcluster");

    private final Definition definition;
    private final String executable;
    private final CommandLine line;
    private final boolean java;
    private final boolean primarys;

    private Program(Definition definition, String executable, CommandLine line, boolean java, boolean primarys) {
        this.definition = definition;
        this.executable = executable;
        this.line = line;
        this.java = java;
        this.primarys = primarys;
    }

    private static Program ofJava(Definition definition, String executable, List<String> words) {
        return new Program(definition, executable, CommandLine.ofJava(words), true, false);
    }

    /** The program of this process, run again; what the definition says of a command does not count. */
    static Program own(Definition definition) throws CannotStartException {
        var own = OwnCommand.read();
        return new Program(definition, own.java().toString(), own.line(), true, true);
    }

    /** The same for another number of workers, which share the machine's memory. */
    Program fittedFor(int workers) {
        return new Program(definition.withWorkers(workers), executable, line, java, primarys);
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
            return ofJava(definition, ownJava(), words);
        }
        if (first.endsWith(".java")) {
            readable(first, "source file");
        }
        if (first.startsWith("-") || first.startsWith("@") || first.endsWith(".java")) {
            return ofJava(definition, ownJava(), command);
        }
        var found = find(first);
        if (found == null) {
            if (first.contains("/")) {
                throw new CannotStartException(
                        "cannot run " + first + ": there is no such program, or it may not be executed");
            }
            return ofJava(definition, ownJava(), command);
        }
        if (found.getFileName().toString().equals("java")) {
            checkVersion(found);
            return ofJava(definition, found.toString(), rest);
        }
        return new Program(definition, found.toString(), CommandLine.ofProgram(rest), false, false);
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

    private static void checkVersion(Path executable) throws CannotStartException {
        var version = version(executable);
        var feature = version.split("\\.")[0];
        if (feature.matches("[0-9]{1,4}") && Integer.parseInt(feature) < OLDEST_JAVA) {
            throw new CannotStartException("a worker needs Java " + OLDEST_JAVA + " or later, and " + executable
                    + " is Java " + version + "; leave out the word java to use " + ownJava()
                    + ", or put a newer java first on the PATH");
        }
    }

    /** A JDK tells its version in its file {@code release}; where there is none, the agent will look. */
    private static String version(Path executable) {
        try {
            var release = executable.toRealPath().resolve("../../release").normalize();
            try (InputStream in = Files.newInputStream(release)) {
                var properties = new Properties();
                properties.load(in);
                return properties.getProperty("JAVA_VERSION", "").replace("\"", "");
            }
        } catch (IOException | IllegalArgumentException e) {
            return ""; // no JDK of the usual layout
        }
    }

    /** The options that fit a worker's heap to its share of the machine; none if the user has set a heap. */
    List<String> heapOptions() {
        var said = said(definition.settings()) + " " + String.join(" ", line.words()) + " "
                + System.getenv().getOrDefault("JAVA_OPTS", "");
        if (!definition.fit() || HEAP_OPTION.matcher(said).find()) {
            return List.of();
        }
        return List.of(String.format(Locale.ROOT, "-XX:MaxRAMPercentage=%.4g", 75.0 / definition.workers()));
    }

    /** All options of a worker's JVM that are known. */
    private String said(Settings settings) {
        var said = new ArrayList<>(line.options());
        said.addAll(settings.jvmOptions());
        for (var name : OPTIONS) {
            said.add(settings.environment().getOrDefault(name, ""));
            said.add(System.getenv().getOrDefault(KEPT + name, System.getenv().getOrDefault(name, "")));
        }
        return String.join(" ", said);
    }

    /**
     * Finds out whether workers can be run that way, as far as that can be told before.
     *
     * @throws CannotStartException if not
     */
    void check(Settings settings) throws CannotStartException {
        line.with(settings.jvmOptions(), settings.arguments());
        asUser(settings.user());
        var directory = settings.directory();
        if (directory != null && !Files.isDirectory(directory)) {
            throw new CannotStartException("workers cannot work in " + directory + ": it is no directory");
        }
    }

    /**
     * Where the AOT cache of such workers is, or would be.
     *
     * @return nothing, if none is wanted, or their JVM would refuse it
     */
    Optional<Path> aotCache(Settings settings) {
        if (settings.aot() == null || !java || OPTIONS.stream().anyMatch(settings.environment()::containsKey)) {
            return Optional.empty();
        }
        var words = javaWords(settings);
        var base = settings.directory() == null ? Path.of("") : settings.directory();
        return AotCache.of(settings.aot(), Path.of(executable), words, words.size() - fromRun(), base);
    }

    /** Options and what is run. Of the agent, how it is loaded: a cache that was made with another way is refused. */
    private List<String> javaWords(Settings settings) {
        var words = new ArrayList<>(List.of(agentOption(settings)));
        words.addAll(line.options());
        words.addAll(settings.jvmOptions());
        words.addAll(heapOptions());
        words.addAll(line.words().subList(line.run(), line.words().size()));
        return words;
    }

    private int fromRun() {
        return line.words().size() - line.run();
    }

    /** A command that succeeds if a worker's JVM can use a cache, with the agent that it will have. */
    List<String> trial(Settings settings, Path cache, String agent) {
        var command = new ArrayList<>(List.of(executable, agentOption(settings) + agent));
        command.addAll(heapOptions());
        command.addAll(line.options());
        command.addAll(settings.jvmOptions());
        command.addAll(List.of("-XX:AOTMode=on", "-XX:AOTCache=" + cache, "-Xlog:aot*=off,cds*=off"));
        if (line.words().get(line.run()).equals("-jar")) {
            command.addAll(List.of("-cp", line.words().get(line.run() + 1)));
        }
        command.add("-version");
        return command;
    }

    /**
     * The process that is to be a worker.
     *
     * @param place which of the numbers from 1 on that no other living worker has; its own ports are counted by it
     * @param worker what the environment tells it of itself, and of the {@link LinkServer}
     * @throws CannotStartException as {@link #check} does
     */
    ProcessBuilder process(int place, Settings settings, Map<String, String> worker) throws CannotStartException {
        check(settings);
        var ports = new OwnPorts(definition.own());
        var own = new ArrayList<PortRange>();
        var first = new ArrayList<>(List.of(agentOption(settings) + worker.get(AGENT) + (java ? "=worker" : "")));
        first.addAll(heapOptions());
        var more = assign(ports, settings.jvmOptions(), place - 1, own);
        var arguments = settings.arguments() == null ? null : assign(ports, settings.arguments(), place - 1, own);
        var inherited = new CommandLine(
                assign(ports, line.words(), primarys ? place : place - 1, own), line.run(), line.arguments());

        var command = new ArrayList<>(asUser(settings.user()));
        command.addAll(DEAF_TO_INTERRUPT);
        if (settings.journal() != null) {
            command.add(settings.journal().toString());
            command.add("--identifier=" + definition.name() + "/" + worker.get(SLOT));
        }
        command.add(executable);
        if (java) {
            command.addAll(first);
        }
        command.addAll(inherited.with(java ? more : List.of(), arguments));
        var builder = new ProcessBuilder(command);
        var environment = builder.environment();
        environment.keySet().removeAll(InheritedSockets.VARIABLES);
        environment.putAll(settings.environment());
        for (var name : OPTIONS) {
            // those that the launcher has put aside are the workers' alone, and the primary heeds all others too
            var kept = environment.remove(KEPT + name);
            var words = settings.environment().getOrDefault(name, kept);
            if (words != null) {
                environment.put(name, String.join(" ", assign(ports, List.of(words.split(" ")), place - 1, own)));
            } else if (environment.containsKey(name)) {
                var heeded = new ArrayList<>(List.of(environment.get(name).split(" ")));
                heeded.removeIf(OwnCommand::dialsDebugger);
                environment.put(name, String.join(" ", assign(ports, heeded, place, own)));
            }
        }
        if (!java) {
            var users = environment.getOrDefault(LAUNCHER_OPTIONS, "");
            environment.put(LAUNCHER_OPTIONS, (quoted(first) + users + " " + quoted(more)).strip());
        }
        environment.putAll(worker);
        environment.put(
                "NETCLUSTER_OWN",
                String.join(
                        ",", own.stream().map(PortRange::toString).distinct().toList()));
        environment.put("NETCLUSTER_PORT0", PortRule.format(definition.port0()));
        environment.put("NETCLUSTER_PORT0_RANGE", Objects.toString(definition.port0Range(), ""));
        environment.put("NETCLUSTER_ORPHAN", settings.orphan().name().toLowerCase(Locale.ROOT));
        if (settings.directory() != null) {
            builder.directory(settings.directory().toFile());
        }
        return builder.redirectInput(settings.stdin())
                .redirectOutput(settings.stdout())
                .redirectError(settings.stderr());
    }

    /** Says to a program that is no worker what the user's environment says to Java, and the launcher has put aside. */
    static void giveBackOptions(Map<String, String> environment) {
        for (var name : OPTIONS) {
            var kept = environment.remove(KEPT + name);
            if (kept != null) {
                environment.put(name, kept);
            }
        }
    }

    private static List<String> assign(OwnPorts ports, List<String> words, int above, List<PortRange> own) {
        var assigned = ports.assign(words, above);
        own.addAll(assigned.own());
        return assigned.command();
    }

    private static String quoted(List<String> options) {
        return options.stream().map(option -> "\"" + option + "\" ").collect(Collectors.joining());
    }

    /**
     * The option that loads the agent.
     *
     * <p>-javaagent is the library {@code instrument}, and adds the module java.instrument to those that the JVM starts
     * with. A JVM whose modules are not the usual ones finds them anew at each start, without its archive of them; that
     * takes longer than all else that the agent does. A program on the class path has that module anyway (JEP 261), so that
     * the library alone is enough.
     */
    private String agentOption(Settings settings) {
        boolean isModulePresent =
                java && line.isOnClassPath() && !MODULES.matcher(said(settings)).find();
        return isModulePresent ? LIBRARY_AGENT : AGENT_OPTION;
    }

    /** What is to stand before a command that is to run as another user. */
    private static List<String> asUser(@Nullable User user) throws CannotStartException {
        if (user == null) {
            return List.of();
        }
        var setpriv = find("setpriv");
        var attempt = "workers cannot run as user " + user.uid() + " and group " + user.gid();
        if (!isRoot()) {
            throw new CannotStartException(attempt + ": this process is not root's, and only root may change the user");
        }
        if (setpriv == null) {
            throw new CannotStartException(
                    attempt + ": that takes the program setpriv, of util-linux, and it is not on the PATH");
        }
        return List.of(setpriv.toString(), "--reuid=" + user.uid(), "--regid=" + user.gid(), "--clear-groups", "--");
    }

    private static boolean isRoot() throws CannotStartException {
        try {
            return LinkServer.ownUid() == 0;
        } catch (IOException e) {
            throw new CannotStartException("cannot tell this process's user: " + e);
        }
    }

    /** Whether the worker's JVM is the very process that is started, and not a script's child. */
    boolean isJava() {
        return java;
    }

    /** What runs, in a word: the jar, the main class or module, or the script. */
    @Override
    public String toString() {
        return java ? line.toString() : definition.command().getFirst();
    }
}
