package io.netcluster.cli;

import io.netcluster.primary.CannotStartException;
import io.netcluster.primary.Console;
import io.netcluster.primary.Settings.Orphan;
import io.netcluster.sys.Processes;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code netcluster daemon}: the process that {@code start} starts; the primary of a background cluster. */
@Command(
        name = "daemon",
        hidden = true,
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        usageHelpWidth = 100,
        header = "Be the primary of a background cluster; 'netcluster start' is what starts one.",
        footer = {
            "",
            "Exit status: the worst of the workers'; 1 if the cluster cannot be started; 2 if its definition is wrong;",
            "  4 if it runs already."
        })
final class DaemonCommand implements Callable<Integer> {
    @Parameters(paramLabel = "NAME", description = "The cluster, as 'netcluster start' has stored it.")
    private String name = "";

    @Option(names = "--definition", paramLabel = "FILE", description = "What 'start' has stored, not yet in its place.")
    private @Nullable Path stored;

    @Option(names = "--takeover", description = "Has the primary that runs leave its workers to this one.")
    private boolean takeover;

    @Override
    public Integer call()
            throws CannotStartException, CommandFailedException, IOException, InterruptedException,
                    WrongDefinitionException {
        Processes.startSession();
        var place = ClusterPlace.of(name);
        if (takeover) {
            DefinitionSource.restore(place.definition()).read(); // before anything is touched
            Takeover.ask(place);
        }
        var cluster = takeover ? Takeover.take(name) : NamedCluster.take(name);
        if (stored != null) {
            Files.move(stored, place.definition(), StandardCopyOption.ATOMIC_MOVE);
        }
        var source = DefinitionSource.restore(place.definition());
        var console = new Console(
                new FileOutputStream(FileDescriptor.out),
                new StampedStream(new FileOutputStream(FileDescriptor.err)),
                false);
        return cluster.run(
                source,
                source.read(),
                new Definitions(Orphan.KEEP, place.logs(), JournalStream.NONE, place.caches()),
                console);
    }
}
