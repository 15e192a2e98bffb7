package io.netcluster.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command and its subcommands. */
@Command(
        name = "netcluster",
        mixinStandardHelpOptions = true,
        usageHelpWidth = 100,
        versionProvider = Version.class,
        subcommands = {Run.class, Init.class, Port.class},
        synopsisSubcommandLabel = "COMMAND",
        description = "Runs any Java server, unmodified, as several processes that share its ports.",
        footer = {"", "'netcluster COMMAND --help' tells more of each command."})
public final class Main implements Runnable {
    @Spec
    private @Nullable CommandSpec spec;

    /** Runs the command and exits with its status. */
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    /** The command, ready to be executed. */
    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setStopAtPositional(true)
                .setParameterExceptionHandler((exception, _) -> {
                    var command = exception.getCommandLine();
                    command.getErr().println("netcluster: " + exception.getMessage());
                    command.getErr().println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
                    return ExitStatus.WRONG;
                })
                .setExecutionExceptionHandler((exception, command, _) -> {
                    var message = String.valueOf(exception.getMessage());
                    message.lines().forEach(line -> command.getErr().println("netcluster: " + line));
                    return switch (exception) {
                        case WrongDefinitionException _ -> ExitStatus.WRONG;
                        case CommandFailedException failed -> failed.status();
                        default -> ExitStatus.FAILED;
                    };
                });
    }

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "which command? For example: netcluster run app.jar");
        }
    }
}
