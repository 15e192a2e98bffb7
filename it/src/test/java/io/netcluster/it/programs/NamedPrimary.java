package io.netcluster.it.programs;

import io.netcluster.primary.CannotStartException;
import io.netcluster.primary.ClusterHome;
import io.netcluster.primary.Console;
import io.netcluster.primary.Definition;
import io.netcluster.primary.Primary;
import io.netcluster.primary.Settings;
import io.netcluster.primary.Supervisor;
import io.netcluster.wire.PortRule;
import java.io.BufferedReader;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The primary of a cluster that has a name, in the foreground; its workers print to a file.
 *
 * <p>It reloads for each line that it reads. Arguments: the name, the number of workers, the file, what port 0 means, and what to run.
 */
public final class NamedPrimary {
    private NamedPrimary() {}

    public static void main(String[] arguments) throws Exception {
        var words = List.of(arguments);
        var file = Redirect.appendTo(new File(words.get(2)));
        var settings = Settings.DEFAULTS.with(draft -> {
            draft.stdout = file;
            draft.stderr = file;
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

    private static void obey(Supervisor supervisor) {
        Thread.ofPlatform().daemon().start(() -> {
            var orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            orders.lines().forEach(_ -> {
                var _ = supervisor.reload(1);
            });
        });
    }
}
