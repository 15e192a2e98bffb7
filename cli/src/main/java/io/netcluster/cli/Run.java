package io.netcluster.cli;

import io.netcluster.primary.CannotStartException;
import io.netcluster.primary.Console;
import io.netcluster.primary.Definition;
import io.netcluster.primary.Primary;
import io.netcluster.primary.RestartPolicy;
import io.netcluster.primary.Settings;
import io.netcluster.sys.PortRange;
import io.netcluster.wire.PortRule;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code netcluster run}: a cluster in the foreground. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        usageHelpWidth = 100,
        header = "Run a Java server as several workers, in the foreground.",
        sortOptions = false,
        customSynopsis = {
            "netcluster run [OPTIONS] app.jar [ARGUMENTS...]",
            "       netcluster run [OPTIONS] Main.java [ARGUMENTS...]",
            "       netcluster run [OPTIONS] -- JAVA-OPTIONS... Main [ARGUMENTS...]",
            "       netcluster run [OPTIONS] -- java ...",
            "       netcluster run [OPTIONS] -- ./bin/server [ARGUMENTS...]"
        },
        description = {
            "",
            "A port that the server listens on is listened on by all workers; each connection reaches one of them."
                    + " Port 0 gives every caller a port of its own. A worker that crashes is started again,"
                    + " and connections that wait meanwhile are served by it or by the others."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  netcluster run app.jar                           2 workers of app.jar",
            "  netcluster run -n 4 -- -Xmx1g -jar app.jar       4 workers with java options",
            "  netcluster run -- -m jdk.httpserver -p 8000      the JDK's file server, twice, on one port",
            "  netcluster run --own 9100 app.jar --metrics 9100 9100 for worker 1, 9101 for worker 2",
            "",
            "Signals: SIGINT (Ctrl-C), SIGTERM and SIGHUP stop the workers; a second one kills them.",
            "Exit status: the worst of the workers' (0 if all ended well or were stopped; 128+n for signal n);",
            "  1 if the cluster could not be started; 2 if the command line is wrong."
        })
final class Run implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = {"-n", "--workers"},
            paramLabel = "N",
            defaultValue = "2",
            description = "How many workers (default: ${DEFAULT-VALUE}).")
    private int workers;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            defaultValue = "netcluster",
            description = "The cluster's name, which workers see (default: ${DEFAULT-VALUE}).")
    private String name = "";

    @Option(
            names = "--restart",
            paramLabel = "WHEN",
            defaultValue = "on-failure",
            converter = WhenConverter.class,
            description = "When a worker that has ended is started again: on-failure, always or never"
                    + " (default: ${DEFAULT-VALUE}).")
    private RestartPolicy restart = RestartPolicy.ON_FAILURE;

    @Option(
            names = "--stop-timeout",
            paramLabel = "SECONDS",
            defaultValue = "30",
            description = "How long workers may take to stop before they are killed (default: ${DEFAULT-VALUE}).")
    private int stopTimeout;

    @Option(
            names = "--own",
            paramLabel = "PORT[-PORT]",
            split = ",",
            converter = PortConverter.class,
            description =
                    "A port, or ports, that are not shared: each worker's own. On the command line the n-th worker"
                            + " gets the port plus n-1; elsewhere the first worker to bind it has it. Debug (jdwp) and JMX"
                            + " ports given to the JVM are own by themselves.")
    private List<PortRange> own = new ArrayList<>();

    @Option(
            names = "--port0",
            paramLabel = "MEANING[:WHOM]",
            split = ",",
            converter = RuleConverter.class,
            description =
                    "What port 0 means: unique (the default: each caller gets a port of its own), sticky (likewise,"
                            + " and the worker's replacement gets it again), shared (all workers get one), node (as Node's"
                            + " cluster has it); sticky=NAME and shared=NAME tell several apart. With an IP address, a class or a"
                            + " package (com.acme.*) behind it, only for those who listen there or are called by that.")
    private List<PortRule> port0 = new ArrayList<>();

    @Option(
            names = "--port0-range",
            paramLabel = "PORT-PORT",
            converter = PortConverter.class,
            description = "Where the ports are to be that port 0 stands for (default: the system's range).")
    private @Nullable PortRange port0Range;

    @Option(
            names = "--no-fit",
            description = "Leave the heap alone. Without this, and unless heap options are given, each worker gets"
                    + " -XX:MaxRAMPercentage=75/N.")
    private boolean noFit;

    @Parameters(paramLabel = "COMMAND", arity = "1..*", description = "What to run; see above.")
    private List<String> command = new ArrayList<>();

    @Override
    public Integer call() throws CannotStartException, IOException, InterruptedException {
        if (workers < 1) {
            throw wrong("-n takes a number of workers from 1 on, not " + workers);
        }
        if (stopTimeout < 0) {
            throw wrong("--stop-timeout takes a number of seconds from 0 on, not " + stopTimeout);
        }
        for (var range : own) {
            if (range.first() + workers - 1 > 0xffff) {
                throw wrong("--own " + range.first() + " leaves no port for worker " + workers);
            }
        }
        var console = new Console(
                new FileOutputStream(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.err),
                isTerminal() && System.getenv("NO_COLOR") == null);
        var settings = Settings.DEFAULTS.with(draft -> {
            draft.restart = restart;
            draft.stopTimeout = Duration.ofSeconds(stopTimeout);
            draft.orphan = Settings.Orphan.ofEnvironment();
        });
        var definition = new Definition(name, workers, command, settings, own, port0, port0Range, !noFit);
        return Primary.run(definition, console);
    }

    /** Whether standard output goes to a terminal; System.console wants standard input to be one too. */
    private static boolean isTerminal() {
        try {
            var out = Files.readSymbolicLink(Path.of("/proc/self/fd/1"));
            return out.startsWith("/dev/pts") || out.toString().startsWith("/dev/tty");
        } catch (IOException e) {
            return false;
        }
    }

    private ParameterException wrong(String message) {
        if (spec == null) {
            throw new IllegalStateException("picocli sets the spec");
        }
        return new ParameterException(spec.commandLine(), message);
    }

    /** Reads {@code on-failure}, {@code always} or {@code never}. */
    static final class WhenConverter implements ITypeConverter<RestartPolicy> {
        @Override
        public RestartPolicy convert(String text) {
            for (var policy : RestartPolicy.values()) {
                if (policy.name().toLowerCase(Locale.ROOT).replace('_', '-').equals(text)) {
                    return policy;
                }
            }
            throw new TypeConversionException("'" + text + "' is none of on-failure, always, never");
        }
    }

    /** Reads what port 0 means to whom. */
    static final class RuleConverter implements ITypeConverter<PortRule> {
        @Override
        public PortRule convert(String text) {
            try {
                return PortRule.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    /** Reads a port or a range of ports. */
    static final class PortConverter implements ITypeConverter<PortRange> {
        @Override
        public PortRange convert(String text) {
            try {
                return PortRange.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
