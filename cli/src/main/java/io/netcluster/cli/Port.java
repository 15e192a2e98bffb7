package io.netcluster.cli;

import io.netcluster.LeaseOptions;
import io.netcluster.PortLease;
import io.netcluster.primary.Foreground;
import io.netcluster.sys.PortRange;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

/** {@code netcluster port}: free ports, held for whoever asks, or for a program that it runs. */
@Command(
        name = "port",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        usageHelpWidth = 100,
        header = "Find a free port and hold it for a server that is to bind it.",
        sortOptions = false,
        customSynopsis = {"netcluster port [OPTIONS]", "       netcluster port [OPTIONS] -- PROGRAM [ARGUMENTS...]"},
        description = {
            "",
            "Without a program: prints the port, and holds it until standard input is closed, or the process that"
                    + " has started this command is gone.",
            "",
            "With a program: runs it with the port in place of {1}, and holds the port while the program runs. In"
                    + " place of {2} goes the next one, and so on; {} is {1}.",
            "",
            "While a port is held, the kernel gives it to nobody, and nobody else can hold it. A program that sets"
                    + " SO_REUSEADDR, as most servers do, binds it at once; any other is told that it is in use."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  netcluster port -- redis-server --port {1}",
            "  netcluster port -k 3 --udp -- ./server --http {1} --admin {2} --statsd {3}",
            "  netcluster port --env PORT -- node server.js",
            "  coproc netcluster port; read -r port <&\"$${COPROC[0]}\"",
            "",
            "Signals: SIGTERM, SIGINT and SIGHUP are passed on to the program.",
            "Exit status: the program's, 128+n if signal n ended it, 126 if it may not be executed, 127 if there",
            "  is none; 0 without a program; 1 if there is no such port; 2 if the command line is wrong."
        })
final class Port implements Callable<Integer> {
    private static final int NOT_EXECUTABLE = 126; // as env(1) has it, and shells
    private static final int NOT_FOUND = 127;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = {"-k", "--count"},
            paramLabel = "K",
            defaultValue = "1",
            description = "How many ports, with numbers that follow each other (default: ${DEFAULT-VALUE}).")
    private int count;

    @Option(names = "--udp", description = "Ports that are free for UDP too.")
    private boolean udp;

    @Option(
            names = "--range",
            paramLabel = "FIRST-LAST",
            converter = RangeConverter.class,
            description = "Ports from this range, both ends included.")
    private @Nullable PortRange range;

    @Option(
            names = "--env",
            paramLabel = "NAME",
            description = "Tells the program the port by this variable too; several also by NAME_1, NAME_2 and so on.")
    private @Nullable String variable;

    @Parameters(paramLabel = "PROGRAM", arity = "0..*", description = "What to run; see above.")
    private List<String> words = new ArrayList<>();

    @Override
    public Integer call() throws IOException, InterruptedException {
        var asker = Asker.find();
        var program = new PortPlaces(words);
        var options = options();
        check(program);
        try (var lease = PortLease.take(options)) {
            if (!words.isEmpty()) {
                return run(program.filledWith(lease.ports()), variables(lease));
            }
            lease.ports().forEach(System.out::println);
            if (System.out.checkError()) {
                throw new IOException("cannot write the port to standard output");
            }
            asker.awaitGone();
            return 0;
        }
    }

    private LeaseOptions options() {
        try {
            var options = LeaseOptions.defaults().count(count);
            options = udp ? options.udp() : options;
            return range == null ? options : options.range(range.first(), range.last());
        } catch (IllegalArgumentException e) {
            throw wrong(e.getMessage());
        }
    }

    private void check(PortPlaces program) {
        if (words.isEmpty()) {
            if (variable != null) {
                throw wrong("--env is for a program, and there is none to run");
            }
            return;
        }
        if (variable != null && !variable.matches("[A-Za-z_][A-Za-z0-9_]*")) {
            throw wrong("'" + variable + "' cannot be a variable's name");
        }
        if (variable == null && !program.exist()) {
            throw wrong("nothing tells '" + words.getFirst() + "' its port: put {1} where it belongs, or use --env");
        }
        try {
            program.check(count);
        } catch (IllegalArgumentException e) {
            throw wrong(e.getMessage());
        }
    }

    private Map<String, String> variables(PortLease lease) {
        var variables = new LinkedHashMap<String, String>();
        if (variable != null) {
            variables.put(variable, String.valueOf(lease.port()));
            for (int i = 1; i <= count && count > 1; i++) {
                variables.put(variable + "_" + i, String.valueOf(lease.ports().get(i - 1)));
            }
        }
        return variables;
    }

    private int run(List<String> command, Map<String, String> variables) throws IOException, InterruptedException {
        try {
            return Foreground.run(command, variables);
        } catch (NoSuchFileException e) {
            return cannotRun(e.getFile() + ": there is no such program", NOT_FOUND);
        } catch (AccessDeniedException e) {
            return cannotRun(e.getFile() + ": it may not be executed", NOT_EXECUTABLE);
        }
    }

    private int cannotRun(String why, int status) {
        System.err.println("netcluster: cannot run " + why);
        return status;
    }

    private ParameterException wrong(@Nullable String message) {
        if (spec == null) {
            throw new IllegalStateException("picocli sets the spec");
        }
        return new ParameterException(spec.commandLine(), message);
    }

    /** Reads a port or a range of ports. */
    static final class RangeConverter implements ITypeConverter<PortRange> {
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
