package io.netcluster.cli;

import java.util.Set;
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
        subcommands = {
            Run.class,
            Start.class,
            ListClusters.class,
            Describe.class,
            Logs.class,
            Top.class,
            Events.class,
            Reload.class,
            Restart.class,
            Scale.class,
            Stop.class,
            Delete.class,
            Upgrade.class,
            Init.class,
            Systemd.class,
            Port.class,
            Completion.class,
            DaemonCommand.class
        },
        synopsisSubcommandLabel = "COMMAND",
        description = "Runs any Java server, unmodified, as several processes that share its ports.",
        footer = {"", "'netcluster COMMAND --help' tells more of each command."})
public final class Main implements Runnable {
    /** Those whose last words are a program's. */
    private static final Set<String> RUNNING = Set.of("run", "start", "port");

    @Spec
    private @Nullable CommandSpec spec;

    /** Runs the command and exits with its status. */
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    /** The command, ready to be executed. */
    static CommandLine commandLine() {
        var main = new CommandLine(new Main())
                .setParameterExceptionHandler((exception, _) -> {
                    var command = exception.getCommandLine();
                    command.getErr().println("netcluster: " + exception.getMessage());
                    command.getErr().println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
                    return ExitStatus.WRONG;
                })
                .setExecutionExceptionHandler((exception, command, _) -> failed(exception, command));
        main.setStopAtPositional(true);
        main.getSubcommands().forEach((name, command) -> {
            command.setStopAtPositional(RUNNING.contains(name));
            command.setUnmatchedOptionsArePositionalParams(name.equals("scale")); // scale NAME -1
        });
        return main;
    }

    private static int failed(Exception exception, CommandLine command) {
        int status = switch (exception) {
            case WrongDefinitionException _ -> ExitStatus.WRONG;
            case CommandFailedException failed -> failed.status();
            default -> ExitStatus.FAILED;
        };
        var message = exception.getMessage() == null ? exception.toString() : exception.getMessage();
        if (command.getParseResult() != null && command.getParseResult().hasMatchedOption("--json")) {
            command.getOut().println(Json.error(status, message));
        } else {
            message.lines().forEach(line -> command.getErr().println("netcluster: " + line));
        }
        return status;
    }

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "which command? For example: netcluster run app.jar");
        }
    }
}
