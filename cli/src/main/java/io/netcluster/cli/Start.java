package io.netcluster.cli;

import io.netcluster.primary.ClusterHome;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code netcluster start}: a cluster in the background. */
@Command(
        name = "start",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        usageHelpWidth = 100,
        header = "Run a Java server as several workers, in the background.",
        sortOptions = false,
        customSynopsis = {
            "netcluster start [OPTIONS] [netcluster.toml]",
            "       netcluster start --name NAME [OPTIONS] app.jar [ARGUMENTS...]",
            "       netcluster start --name NAME [OPTIONS] -- JAVA-OPTIONS... Main [ARGUMENTS...]",
            "       netcluster start --again NAME"
        },
        description = {
            "",
            "Waits until all workers are ready. If one dies before, or is not ready in time, the start has failed: its"
                    + " last lines are shown, and the others are stopped. What can be run is what 'netcluster run' can.",
            ""
        },
        footer = {
            "",
            "Exit status: 0 if all workers are ready; 1 if the start has failed; 2 if the command line or the",
            "  definition is wrong; 4 if the cluster runs already."
        })
final class Start implements Callable<Integer> {
    @Option(
            names = "--again",
            paramLabel = "NAME",
            description = "Starts a cluster that has been stopped as it was started last.")
    private @Nullable String again;

    @Mixin
    private DefinitionOptions options = new DefinitionOptions();

    @Mixin
    private Output output = new Output();

    @Override
    public Integer call() throws IOException, InterruptedException, WrongDefinitionException, CommandFailedException {
        var source = again == null ? options.source() : stored(again);
        var configuration = source.read();
        var name = configuration.name();
        if (name == null) {
            throw new CommandFailedException(
                    ExitStatus.WRONG,
                    "a cluster in the background has a name: --name NAME, or name = \"NAME\" in the definition");
        }
        var home = ClusterPlace.of(name);
        ClusterHome.make(name);
        var status = Target.status(home);
        if (status != null) {
            throw NamedCluster.runsAlready(name, status.path("pid").asString(""));
        }
        var daemon = Daemon.launch(home, "--definition", store(source, home).toString());
        try (var starting = new Starting(home, daemon, configuration, output)) {
            return starting.await();
        }
    }

    private static DefinitionSource stored(String name)
            throws IOException, WrongDefinitionException, CommandFailedException {
        if (!ConfigurationReader.NAME.matcher(name).matches()
                || !Files.exists(ClusterPlace.of(name).definition())) {
            throw new CommandFailedException(
                    ExitStatus.NOT_RUNNING, "no cluster '" + name + "' was started here before; see 'netcluster ls'");
        }
        return DefinitionSource.restore(ClusterPlace.of(name).definition());
    }

    /** Beside where it belongs: the daemon puts it there, when it has the name. */
    private static Path store(DefinitionSource source, ClusterPlace home) throws IOException {
        var file = home.definition()
                .resolveSibling("definition." + ProcessHandle.current().pid());
        Files.deleteIfExists(file);
        try (var channel = Files.newByteChannel(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            channel.write(ByteBuffer.wrap(source.store().getBytes(StandardCharsets.UTF_8)));
        }
        return file;
    }
}
