package io.netcluster.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What the command line can say of a cluster: the options of {@code run} and {@code start}, and what is to be run. */
final class DefinitionOptions {
    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "The definition file; options given beside it count more than it does.")
    private @Nullable Path file;

    @Option(
            names = {"-n", "--workers"},
            paramLabel = "N",
            description = "How many workers (default: 2).")
    private @Nullable String workers;

    @Option(names = "--name", paramLabel = "NAME", description = "The cluster's name, by which it is addressed.")
    private @Nullable String name;

    @Option(
            names = "--directory",
            paramLabel = "DIRECTORY",
            description = "Where workers work (default: where the definition file is, or the current directory).")
    private @Nullable Path directory;

    @Option(
            names = "--env",
            paramLabel = "NAME=VALUE",
            description = "A variable for the workers' environment; may be given several times.")
    private Map<String, String> environment = new LinkedHashMap<>();

    @Option(
            names = "--restart",
            paramLabel = "WHEN",
            description = "When a worker that has ended is started again: on-failure (the default), always or never.")
    private @Nullable String restart;

    @Option(
            names = "--stop-timeout",
            paramLabel = "TIME",
            description = "How long workers may take to stop before they are killed; seconds, or such as 2m"
                    + " (default: 30).")
    private @Nullable String stopTimeout;

    @Option(
            names = "--drain-timeout",
            paramLabel = "TIME",
            description = "How long workers may take, before that, to finish what they have accepted (default: 30).")
    private @Nullable String drainTimeout;

    @Option(
            names = "--ready",
            paramLabel = "WHEN",
            description = "What makes a worker ready: listening (the default), all-listeners, explicit,"
                    + " tcp://HOST:PORT or http://HOST:PORT/PATH.")
    private @Nullable String ready;

    @Option(names = "--ready-timeout", paramLabel = "TIME", description = "How long it may take to be (default: 60).")
    private @Nullable String readyTimeout;

    @Option(
            names = "--parallel",
            paramLabel = "N",
            description = "How many workers a reload replaces at a time (default: 1).")
    private @Nullable String parallel;

    @Option(
            names = "--own",
            paramLabel = "PORT[-PORT]",
            split = ",",
            description =
                    "A port, or ports, that are not shared: each worker's own. On the command line the n-th worker"
                            + " gets the port plus n-1; elsewhere the first worker to bind it has it. Debug (jdwp) and JMX"
                            + " ports given to the JVM are own by themselves.")
    private List<String> own = new ArrayList<>();

    @Option(
            names = "--port0",
            paramLabel = "MEANING[:WHOM]",
            split = ",",
            description =
                    "What port 0 means: unique (the default: each caller gets a port of its own), sticky (likewise,"
                            + " and the worker's replacement gets it again), shared (all workers get one), node (as Node's"
                            + " cluster has it); sticky=NAME and shared=NAME tell several apart. With an IP address, a class or a"
                            + " package (com.acme.*) behind it, only for those who listen there or are called by that.")
    private List<String> port0 = new ArrayList<>();

    @Option(
            names = "--port0-range",
            paramLabel = "PORT-PORT",
            description = "Where the ports are to be that port 0 stands for (default: the system's range).")
    private @Nullable String port0Range;

    @Option(
            names = "--no-fit",
            description = "Leave the heap alone. Without this, and unless heap options are given, each worker gets"
                    + " -XX:MaxRAMPercentage=75/N.")
    private boolean noFit;

    @Option(names = "--aot", description = "Trains an AOT cache in the background, for workers to start faster with.")
    private boolean aot;

    @Option(
            names = "--orphan",
            paramLabel = "WHAT",
            description = "What workers do when the primary is gone: keep (serve on, and wait for the next one),"
                    + " drain or terminate.")
    private @Nullable String orphan;

    @Option(
            names = "--orphan-after",
            paramLabel = "TIME",
            description = "How long they wait for a new primary before they drain or terminate (default: 0).")
    private @Nullable String orphanAfter;

    @Parameters(
            paramLabel = "COMMAND",
            arity = "0..*",
            description =
                    "What to run, see above; or a definition file, NAME.toml. With neither, netcluster.toml here.")
    private List<String> command = new ArrayList<>();

    /** Whether a name is given. */
    boolean hasName() {
        return name != null;
    }

    /**
     * What has been said, and where the rest of the definition is.
     *
     * @throws WrongDefinitionException if nothing says what is to be run
     */
    DefinitionSource source() throws WrongDefinitionException {
        var here = Path.of("").toAbsolutePath();
        var from = file;
        var words = command;
        if (from == null && words.size() == 1 && words.getFirst().endsWith(".toml")) {
            from = Path.of(words.getFirst());
            words = List.of();
        }
        if (from == null && words.isEmpty()) {
            from = Path.of(DefinitionSource.USUAL_NAME);
            if (!Files.exists(from)) {
                throw new WrongDefinitionException(List.of("nothing says what is to be run, and there is no "
                        + DefinitionSource.USUAL_NAME
                        + " here; for example: netcluster run app.jar. 'netcluster init' writes a definition"));
            }
        }
        return new DefinitionSource(from == null ? null : here.resolve(from).normalize(), said(words, here), here);
    }

    private String said(List<String> words, Path here) {
        var said = new TomlText()
                .text("name", name)
                .words("command", words)
                .number("workers", workers)
                .text(
                        "directory",
                        directory == null ? null : here.resolve(directory).toString())
                .text("restart", restart)
                .number("stop-timeout", stopTimeout)
                .number("drain-timeout", drainTimeout)
                .text("ready", ready)
                .number("ready-timeout", readyTimeout)
                .number("parallel", parallel)
                .words("own", own)
                .words("port0", port0)
                .text("port0-range", port0Range)
                .flag("fit", noFit ? false : null)
                .flag("aot", aot ? true : null)
                .text("orphan", orphan)
                .number("orphan-after", orphanAfter);
        environment.forEach((variable, value) -> said.text("env", variable, value));
        return said.toString();
    }
}
