package io.netcluster.cli;

import io.netcluster.primary.CannotStartException;
import io.netcluster.primary.Console;
import io.netcluster.primary.Settings.Orphan;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code netcluster run}: a cluster in the foreground. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        usageHelpWidth = 100,
        header = "Run a Java server as several workers, in the foreground.",
        sortOptions = false,
        customSynopsis = {
            "netcluster run [OPTIONS] app.jar [ARGUMENTS...]",
            "       netcluster run [OPTIONS] Main.java [ARGUMENTS...]",
            "       netcluster run [OPTIONS] -- JAVA-OPTIONS... Main [ARGUMENTS...]",
            "       netcluster run [OPTIONS] -- java ...",
            "       netcluster run [OPTIONS] -- ./bin/server [ARGUMENTS...]",
            "       netcluster run [OPTIONS] [netcluster.toml]"
        },
        description = {
            "",
            "A port that the server listens on is listened on by all workers; each connection reaches one of them."
                    + " Port 0 gives every caller a port of its own. A worker that crashes is started again,"
                    + " and connections that wait meanwhile are served by it or by the others."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  netcluster run app.jar                           2 workers of app.jar",
            "  netcluster run -n 4 -- -Xmx1g -jar app.jar       4 workers with java options",
            "  netcluster run -- -m jdk.httpserver -p 8000      the JDK's file server, twice, on one port",
            "  netcluster run --own 9100 app.jar --metrics 9100 9100 for worker 1, 9101 for worker 2",
            "",
            "Signals: SIGINT (Ctrl-C) and SIGTERM stop the workers; a second one kills them. SIGHUP does too if there",
            "  is a terminal; without one it reloads.",
            "Exit status: the worst of the workers' (0 if all ended well or were stopped; 128+n for signal n);",
            "  1 if the cluster could not be started; 2 if the command line or the definition is wrong."
        })
final class Run implements Callable<Integer> {
    @Mixin
    private DefinitionOptions options = new DefinitionOptions();

    @Override
    public Integer call()
            throws CannotStartException, CommandFailedException, IOException, InterruptedException,
                    WrongDefinitionException {
        var source = options.source();
        var configuration = source.read();
        var console = new Console(
                new FileOutputStream(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.err),
                Terminal.isAtOutput() && System.getenv("NO_COLOR") == null);
        var name = configuration.name();
        var place = ClusterPlace.of(name == null ? Definitions.UNNAMED : name);
        var definitions =
                new Definitions(Orphan.ofEnvironment(), null, JournalStream.of(System.getenv()), place.caches());
        if (name != null) {
            return NamedCluster.take(name).run(source, configuration, definitions, console);
        }
        return new AskedCluster(source, configuration, definitions, console, null).run();
    }
}
