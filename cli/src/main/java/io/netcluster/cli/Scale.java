package io.netcluster.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code netcluster scale}: makes it more or fewer workers. */
@Command(
        name = "scale",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        usageHelpWidth = 100,
        header = "Have more or fewer workers.",
        sortOptions = false,
        footer = {
            "",
            "Exit status: 0 if it is done; 1 if it has failed; 2 if the command line or the definition is wrong;",
            "  3 if no such cluster runs; 4 if it is refused for now: another change is in progress."
        })
final class Scale implements Callable<Integer> {
    @Mixin
    private Target target = new Target();

    @Parameters(index = "1", paramLabel = "N|+N|-N", description = "How many; or how many more, or fewer.")
    private String number = "";

    private static final Pattern NUMBER = Pattern.compile("[+-]?\\d{1,4}");

    @Override
    public Integer call() throws IOException, CommandFailedException {
        if (!NUMBER.matcher(number).matches()) {
            throw new CommandFailedException(
                    ExitStatus.WRONG, "'" + number + "' is no number of workers, such as 4, +1 or -1");
        }
        boolean relative = number.startsWith("+") || number.startsWith("-");
        return target.output()
                .change(
                        target,
                        new AdminRequest.Scale(Integer.parseInt(number), relative),
                        "'" + target.name() + "' has its workers; 'netcluster describe " + target.name()
                                + "' shows them");
    }
}
