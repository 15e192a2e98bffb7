package io.netcluster.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code netcluster systemd}: prints the units with which systemd runs a cluster. */
@Command(
        name = "systemd",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        usageHelpWidth = 100,
        header = "Print a unit with which systemd runs a cluster.",
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  netcluster systemd web -f /srv/web/netcluster.toml > /etc/systemd/system/web.service",
            "  netcluster systemd web -f netcluster.toml --socket 80 443 -o /etc/systemd/system",
            "",
            "Exit status: 0; 1 if a unit cannot be written; 2 if the command line is wrong."
        })
final class Systemd implements Callable<Integer> {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "NAME", description = "The cluster's name, and the units'.")
    private String name = "";

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            defaultValue = "netcluster.toml",
            description = "Its definition (default: ${DEFAULT-VALUE}).")
    private Path file = Path.of("");

    @Option(names = "--user", description = "For systemd --user: a cluster of whoever is logged in.")
    private boolean user;

    @Option(
            names = "--socket",
            paramLabel = "PORT",
            arity = "1..*",
            description = "Ports, ADDRESS:PORT or paths that systemd is to open, before the server is there.")
    private List<String> sockets = List.of();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIRECTORY",
            description = "Write NAME.service, and NAME.socket, there instead of printing them.")
    private @Nullable Path output;

    @Override
    public Integer call() throws IOException {
        if (!NAME.matcher(name).matches()) {
            throw wrong("'" + name + "' is no name for a cluster: it begins with a letter or digit,"
                    + " and has at most 64 of those and of . _ -");
        }
        var definition = file.toAbsolutePath().normalize();
        if (!Files.isRegularFile(definition)) {
            throw wrong("there is no definition " + definition + "; -f says where it is");
        }
        put(name + ".service", service(definition));
        if (!sockets.isEmpty()) {
            put(name + ".socket", socket());
        }
        return 0;
    }

    private ParameterException wrong(String message) {
        if (spec == null) {
            throw new IllegalStateException("picocli sets the spec");
        }
        return new ParameterException(spec.commandLine(), message);
    }

    private void put(String unit, String text) throws IOException {
        if (output != null) {
            Files.writeString(output.resolve(unit), text);
        } else {
            System.out.print((sockets.isEmpty() ? "" : "# " + unit + "\n") + text);
        }
    }

    private String service(Path definition) {
        return template("service")
                .replace("@NAME@", name)
                .replace(
                        "@AFTER@", sockets.isEmpty() ? "" : "Requires=" + name + ".socket\nAfter=" + name + ".socket\n")
                .replace("@USER@", user ? "" : "User=" + System.getProperty("user.name") + "\n")
                .replace("@PLACES@", user ? "" : places())
                .replace("@DIRECTORY@", plain(String.valueOf(definition.getParent())))
                .replace("@START@", command("run", "--name", name, "--orphan", "keep", "-f", definition.toString()))
                .replace("@RELOAD@", command("reload", name))
                .replace("@TARGET@", user ? "default.target" : "multi-user.target");
    }

    private String places() {
        return """
                # Its own directories, which no cleaner of /tmp comes to. To speak to it, as its user:
                #   XDG_RUNTIME_DIR=/run/%1$s XDG_STATE_HOME=/var/lib/%1$s netcluster ls
                Environment=XDG_RUNTIME_DIR=/run/%1$s XDG_STATE_HOME=/var/lib/%1$s
                RuntimeDirectory=%1$s
                RuntimeDirectoryMode=0700
                # Workers that outlive a primary are found here by the next one.
                RuntimeDirectoryPreserve=restart
                StateDirectory=%1$s
                StateDirectoryMode=0700
                """.formatted("netcluster-" + name);
    }

    private String socket() {
        var lines = sockets.stream().map(each -> "ListenStream=" + plain(each)).collect(Collectors.joining("\n"));
        return template("socket").replace("@NAME@", name).replace("@LISTEN@", lines);
    }

    /** A command of this very program's, as it was itself started. */
    private static String command(String... arguments) {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var classes = Stream.of(System.getProperty("java.class.path").split(":", -1))
                .map(each -> Path.of(each).toAbsolutePath().normalize().toString())
                .collect(Collectors.joining(":"));
        var program = Stream.of(
                java,
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classes,
                Main.class.getName());
        return Stream.concat(program, Stream.of(arguments))
                .map(Systemd::escaped)
                .collect(Collectors.joining(" "));
    }

    /** A path or an address, as systemd.unit(5), "Specifiers", has it: it goes to the end of the line, blanks and all. */
    private static String plain(String value) {
        return value.replace("%", "%%");
    }

    /** A word of a command line, as systemd.service(5), "Command lines", has it. */
    private static String escaped(String word) {
        var plain = plain(word).replace("$", "$$");
        return plain.matches("[^\\s\"'\\\\]+")
                ? plain
                : '"' + plain.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private static String template(String kind) {
        try (var in = Systemd.class.getResourceAsStream("unit." + kind)) {
            if (in == null) {
                throw new AssertionError("no template for a " + kind);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
