package io.netcluster.it.programs;

import io.netcluster.primary.CannotStartException;
import io.netcluster.primary.ClusterHome;
import io.netcluster.primary.Console;
import io.netcluster.primary.Definition;
import io.netcluster.primary.Primary;
import io.netcluster.primary.Settings;
import io.netcluster.wire.PortRule;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;

/**
 * The primary of a cluster that has a name, in the foreground; its workers print to a file.
 *
 * <p>Arguments: the name, the number of workers, the file, what port 0 means, and what to run.
 */
public final class NamedPrimary {
    private NamedPrimary() {}

    public static void main(String[] arguments) throws Exception {
        var words = List.of(arguments);
        var file = Redirect.appendTo(new File(words.get(2)));
        var settings = Settings.DEFAULTS.with(draft -> {
            draft.stdout = file;
            draft.stderr = file;
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
            status = Primary.run(definition, console, home, _ -> {});
        } catch (CannotStartException e) {
            System.err.println(e.getMessage());
            status = 1;
        }
        System.exit(status);
    }
}
