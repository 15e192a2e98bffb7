package io.netcluster.cli;

import io.netcluster.cli.Configuration.Limits;
import io.netcluster.cli.Configuration.Logs;
import io.netcluster.cli.Configuration.Ready;
import io.netcluster.cli.Section.Layer;
import io.netcluster.primary.RestartPolicy;
import io.netcluster.primary.Settings.Orphan;
import io.netcluster.sys.PortRange;
import io.netcluster.wire.PortRule;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes a {@link Configuration} of what a definition says, or tells everything that is wrong with it. */
final class ConfigurationReader {
    static final int DEFAULT_WORKERS = 2;

    /** A cluster's name; it becomes the name of a directory. */
    static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    static final String NAME_EXPECTED =
            "up to 64 letters, digits, dots, dashes and underscores, of which the first is" + " a letter or a digit";

    private static final int MOST_WORKERS = 4096;
    private static final long MIB = 1 << 20;
    private static final Pattern VARIABLE = Pattern.compile("[^=\0]+");
    private static final String READY =
            "\"listening\", \"all-listeners\", \"explicit\", \"tcp://host:port\"" + " or \"http://host:port/path\"";

    private final Section all;
    private final List<String> problems = new ArrayList<>();
    private final Path base;

    private ConfigurationReader(List<Layer> layers, Path base) {
        this.all = new Section(layers, problems);
        this.base = base;
    }

    /**
     * Reads a definition.
     *
     * @param layers what says something, the first most of all
     * @param base what its paths are relative to
     * @throws WrongDefinitionException if anything is wrong
     */
    static Configuration read(List<Layer> layers, Path base) throws WrongDefinitionException {
        var reader = new ConfigurationReader(layers, base);
        var configuration = reader.configuration();
        reader.all.refuseOthers();
        reader.check(configuration);
        if (!reader.problems.isEmpty()) {
            throw new WrongDefinitionException(List.copyOf(reader.problems));
        }
        return configuration;
    }

    private Configuration configuration() {
        var directory = all.text("directory");
        return new Configuration(
                all.parsed("name", NAME_EXPECTED, ConfigurationReader::name),
                or(all.words("command", "[\"app.jar\"]"), List.of()),
                or(all.number("workers", 1, MOST_WORKERS), DEFAULT_WORKERS),
                (directory == null ? base : base.resolve(directory)).normalize(),
                all.strings("env"),
                or(all.words("jvm-options", "[\"-Xmx1g\"]"), List.of()),
                or(
                        all.parsed(
                                "restart",
                                "\"on-failure\", \"always\" or \"never\"",
                                one(Map.of(
                                        "on-failure", RestartPolicy.ON_FAILURE,
                                        "always", RestartPolicy.ALWAYS,
                                        "never", RestartPolicy.NEVER))),
                        RestartPolicy.ON_FAILURE),
                or(duration(all, "stop-timeout"), Duration.ofSeconds(30)),
                or(duration(all, "drain-timeout"), Duration.ofSeconds(30)),
                or(all.parsed("ready", READY, ConfigurationReader::ready), new Ready.Listening()),
                or(duration(all, "ready-timeout"), Duration.ofSeconds(60)),
                or(all.number("parallel", 1, MOST_WORKERS), 1),
                or(all.all("own", "a port or a range such as \"9000-9010\"", ConfigurationReader::ports), List.of()),
                or(
                        all.all(
                                "port0",
                                "\"unique\", \"sticky\", \"shared\" or \"node\", and for whom",
                                rule -> PortRule.parse((String) rule)),
                        List.of()),
                all.parsed("port0-range", "a range such as \"40000-40100\"", ConfigurationReader::ports),
                or(all.flag("fit"), true),
                all.parsed(
                        "orphan",
                        "\"keep\", \"drain\" or \"terminate\"",
                        one(Map.of("keep", Orphan.KEEP, "drain", Orphan.DRAIN, "terminate", Orphan.TERMINATE))),
                or(duration(all, "orphan-after"), Duration.ZERO),
                limits(all.section("limits")),
                logs(all.section("logs")),
                or(all.flag("aot"), false));
    }

    private static Limits limits(Section limits) {
        var read = new Limits(
                limits.parsed("rss", Quantity.SIZE, size -> Quantity.bytes((String) size)),
                limits.parsed("heap", Quantity.HEAP, heap -> Quantity.heap((String) heap)),
                duration(limits, "age"),
                limits.parsed("schedule", Schedule.EXPECTED, fields -> Schedule.parse((String) fields)),
                duration(limits, "hang-timeout"));
        limits.refuseOthers();
        return read;
    }

    private static Logs logs(Section logs) {
        var read = new Logs(
                or(logs.parsed("max-size", Quantity.SIZE, size -> Quantity.bytes((String) size)), 10 * MIB),
                duration(logs, "max-age"),
                or(logs.number("keep", 0, 1000), 5),
                duration(logs, "keep-for"),
                or(logs.flag("compress"), true),
                or(logs.parsed("max-total", Quantity.SIZE, size -> Quantity.bytes((String) size)), 1024 * MIB));
        logs.refuseOthers();
        return read;
    }

    private void check(Configuration read) {
        if (read.command().isEmpty() && !all.hasRefused("command")) {
            all.refuse("command", "nothing says what is to be run; for example: command = [\"app.jar\"]");
        } else if (!read.command().isEmpty() && read.command().getFirst().isEmpty()) {
            all.refuse("command", "its first word is empty; for example: command = [\"app.jar\"]");
        }
        for (var word : read.command()) {
            if (word.indexOf('\0') >= 0) {
                all.refuse("command", "a word has a character in it that no command line can have (0)");
            }
        }
        for (var variable : read.environment().entrySet()) {
            if (!VARIABLE.matcher(variable.getKey()).matches()
                    || variable.getValue().indexOf('\0') >= 0) {
                all.refuse("env", "'" + variable.getKey() + "' cannot be a variable, or not with this value");
            }
        }
        for (var range : read.own()) {
            if (range.first() + read.workers() - 1 > 0xffff) {
                all.refuse("own", range.first() + " leaves no port for worker " + read.workers());
            }
        }
    }

    // ------------------------------------------------------------------ values

    private static <T> T or(@Nullable T value, T otherwise) {
        return value == null ? otherwise : value;
    }

    private static @Nullable Duration duration(Section section, String key) {
        return section.parsed(key, Quantity.DURATION, Quantity::duration);
    }

    private static <T> Function<Object, T> one(Map<String, T> words) {
        var ordered = new LinkedHashMap<>(words);
        return word -> {
            var value = ordered.get((String) word);
            if (value == null) {
                throw new IllegalArgumentException();
            }
            return value;
        };
    }

    private static String name(Object value) {
        var name = (String) value;
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException();
        }
        return name;
    }

    private static PortRange ports(Object value) {
        return PortRange.parse(value instanceof Long port ? port.toString() : (String) value);
    }

    private static Ready ready(Object value) {
        return switch ((String) value) {
            case "listening" -> new Ready.Listening();
            case "all-listeners" -> new Ready.AllListeners();
            case "explicit" -> new Ready.Explicit();
            default -> {
                var where = URI.create((String) value);
                if (where.getHost() == null) { // nor a path, if it is opaque, as tcp:8080 is
                    throw new IllegalArgumentException();
                }
                boolean tcp =
                        "tcp".equals(where.getScheme()) && where.getRawPath().isEmpty();
                if (!(tcp || "http".equals(where.getScheme()))
                        || where.getUserInfo() != null
                        || (tcp && where.getPort() < 1)
                        || where.getPort() > 0xffff) {
                    throw new IllegalArgumentException();
                }
                yield new Ready.Probe(where);
            }
        };
    }
}
