package io.netcluster.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code netcluster completion}: completes commands in a shell. */
@Command(
        name = "completion",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        usageHelpWidth = 100,
        header = "Print what a shell needs to complete this command.",
        sortOptions = false,
        footer = {
            "",
            "bash: source <(netcluster completion bash)      zsh: source <(netcluster completion zsh)",
            "Exit status: 0; 2 if the command line is wrong."
        })
final class Completion implements Callable<Integer> {
    /** The shells. */
    enum Shell {
        bash,
        zsh
    }

    @Parameters(paramLabel = "SHELL", description = "One of ${COMPLETION-CANDIDATES}.")
    private Shell shell = Shell.bash;

    @Override
    public Integer call() {
        if (shell == Shell.zsh) {
            System.out.println("autoload -U +X compinit && compinit");
        }
        System.out.println(AutoComplete.bash("netcluster", Main.commandLine()));
        return ExitStatus.DONE;
    }
}
