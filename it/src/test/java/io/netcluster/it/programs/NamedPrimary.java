package io.netcluster.it.programs;

import io.netcluster.primary.CannotStartException;
import io.netcluster.primary.ClusterHome;
import io.netcluster.primary.Console;
import io.netcluster.primary.Definition;
import io.netcluster.primary.Limits;
import io.netcluster.primary.LogPolicy;
import io.netcluster.primary.Primary;
import io.netcluster.primary.Settings;
import io.netcluster.primary.Supervisor;
import io.netcluster.wire.PortRule;
import java.io.BufferedReader;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The primary of a cluster that has a name, in the foreground; its workers print to a file.
 *
 * <p>Arguments: the name, the number of workers, the file, what port 0 means, and what to run. Properties: {@code logs},
 * the directory of a file for each worker instead, and {@code log-policy}, {@code max-size:keep:compress:max-total}; {@code
 * limits}, {@code rss:heap %:age:hang-timeout} in MiB and milliseconds, with a dash for none; {@code most-deaths}. The line
 * {@code reload} on standard input has the cluster reloaded, and {@code status} has it tell its slots.
 */
public final class NamedPrimary {
    private NamedPrimary() {}

    public static void main(String[] arguments) throws Exception {
        var words = List.of(arguments);
        var file = Redirect.appendTo(new File(words.get(2)));
        var settings = Settings.DEFAULTS.with(draft -> {
            draft.stdout = file;
            draft.stderr = file;
            if (System.getProperty("logs") != null) {
                draft.logs = Path.of(System.getProperty("logs"));
                draft.logPolicy = logPolicy();
            }
            draft.limits = limits(System.getProperty("limits", "-:-:-:-").split(":"));
            draft.mostDeaths = Integer.getInteger("most-deaths", draft.mostDeaths);
            draft.readyTimeout = Duration.ofSeconds(Integer.getInteger("ready-timeout", 60));
            draft.orphan = Settings.Orphan.KEEP;
        });
        var definition = new Definition(
                words.get(0),
                Integer.parseInt(words.get(1)),
                words.subList(4, words.size()),
                settings,
                List.of(),
                PortRule.parseAll(words.get(3)),
                null,
                false);
        var console =
                new Console(new FileOutputStream(FileDescriptor.out), new FileOutputStream(FileDescriptor.err), false);
        int status;
        try (var home = ClusterHome.open(words.get(0))) {
            var primary = Primary.prepare(definition, console, home, null);
            obey(primary.supervisor());
            status = primary.run();
        } catch (CannotStartException e) {
            System.err.println(e.getMessage());
            status = 1;
        }
        System.exit(status);
    }

    private static LogPolicy logPolicy() {
        var words = System.getProperty("log-policy").split(":");
        return new LogPolicy(
                Long.parseLong(words[0]),
                null,
                Integer.parseInt(words[1]),
                null,
                Boolean.parseBoolean(words[2]),
                Long.parseLong(words[3]));
    }

    private static Limits limits(String... words) {
        var rss = number(words[0]);
        var percent = number(words[1]);
        return new Limits(
                rss == null ? null : rss << 20,
                percent == null ? null : new Limits.Heap(percent, true),
                duration(words[2]),
                null,
                duration(words[3]));
    }

    private static @Nullable Long number(String word) {
        return word.equals("-") ? null : Long.valueOf(word);
    }

    private static @Nullable Duration duration(String word) {
        var millis = number(word);
        return millis == null ? null : Duration.ofMillis(millis);
    }

    private static void obey(Supervisor supervisor) {
        Thread.ofPlatform().daemon().start(() -> {
            try (var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
                for (var line = in.readLine(); line != null; line = in.readLine()) {
                    switch (line) {
                        case "status" -> supervisor.status().seats().forEach(System.out::println);
                        default -> {
                            var _ = supervisor.reload(1);
                        }
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
