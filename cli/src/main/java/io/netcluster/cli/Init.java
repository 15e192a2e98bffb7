package io.netcluster.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code netcluster init}: writes a definition file that explains itself. */
@Command(
        name = "init",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        usageHelpWidth = 100,
        header = "Write a definition file, netcluster.toml, with all keys explained.",
        sortOptions = false,
        footer = {
            "",
            "Exit status: 0; 1 if the file is there already or cannot be written; 2 if the command line is wrong."
        })
final class Init implements Callable<Integer> {
    @Option(names = "--name", paramLabel = "NAME", description = "The cluster's name (default: the directory's).")
    private String name = "";

    @Parameters(
            paramLabel = "FILE",
            arity = "0..1",
            defaultValue = DefinitionSource.USUAL_NAME,
            description = "What to write (default: ${DEFAULT-VALUE}). A file that is there is left alone.")
    private Path file = Path.of("");

    @Override
    public Integer call() throws IOException, WrongDefinitionException, CommandFailedException {
        var absolute = file.toAbsolutePath().normalize();
        var content = template().replace("@NAME@", name.isEmpty() ? nameOf(absolute) : checked(name));
        try {
            Files.writeString(absolute, content, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (FileAlreadyExistsException e) {
            throw new CommandFailedException(
                    ExitStatus.FAILED, absolute + " is there already, and is left as it is; name another file");
        } catch (IOException e) {
            throw new CommandFailedException(ExitStatus.FAILED, "cannot write " + absolute + ": " + e);
        }
        System.out.println("wrote " + absolute + ": say in it what is to be run, then try 'netcluster run'");
        return ExitStatus.DONE;
    }

    private static String template() throws IOException {
        try (InputStream in = Init.class.getResourceAsStream("netcluster.toml")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String checked(String name) throws CommandFailedException {
        if (!ConfigurationReader.NAME.matcher(name).matches()) {
            throw new CommandFailedException(
                    ExitStatus.WRONG,
                    "'" + name + "' can be no cluster's name: that is " + ConfigurationReader.NAME_EXPECTED);
        }
        return name;
    }

    private static String nameOf(Path file) {
        var directory = file.getParent() == null ? null : file.getParent().getFileName();
        var name = directory == null ? "" : directory.toString();
        return ConfigurationReader.NAME.matcher(name).matches() ? name : "app";
    }
}
