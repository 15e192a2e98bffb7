package io.netcluster.cli;

import io.netcluster.cli.Section.Layer;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tomlj.Toml;
import org.tomlj.TomlParseResult;

/**
 * Where a cluster's definition is read, as often as it is wanted: a file, and what the command line said beside it.
 *
 * @param file the definition file, absolute; null if the command line says all
 * @param said what the command line said, in the words of a definition file
 * @param directory where the command was given; absolute
 */
record DefinitionSource(@Nullable Path file, String said, Path directory) {
    /** The name of a definition file, where none is named. */
    static final String USUAL_NAME = "netcluster.toml";

    /** A larger file is no definition. */
    private static final long LARGEST = 1024 * 1024;

    /**
     * Reads the definition as it is now.
     *
     * @throws WrongDefinitionException if it cannot be read or is wrong, with all that is wrong with it
     */
    Configuration read() throws WrongDefinitionException {
        var layers = new ArrayList<Layer>();
        layers.add(new Layer(null, parse("the command line", said)));
        var base = directory;
        if (file != null) {
            var name = file.startsWith(directory) ? directory.relativize(file).toString() : file.toString();
            layers.add(new Layer(name, parse(name, content(file))));
            base = file.resolveSibling("");
        }
        return ConfigurationReader.read(layers, base);
    }

    private static TomlParseResult parse(String name, String text) throws WrongDefinitionException {
        var result = Toml.parse(text);
        if (result.hasErrors()) {
            throw new WrongDefinitionException(result.errors().stream()
                    .map(error -> name + ":" + error.position().line() + ":"
                            + error.position().column() + ": " + firstLine(error.getMessage()))
                    .toList());
        }
        return result;
    }

    private static String firstLine(@Nullable String message) {
        return message == null ? "this is no TOML" : message.lines().findFirst().orElse("");
    }

    private static String content(Path file) throws WrongDefinitionException {
        try {
            if (Files.size(file) > LARGEST) {
                throw new WrongDefinitionException(List.of(file + ": it is larger than 1 MiB, and so no definition"));
            }
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new WrongDefinitionException(List.of(file + ": there is no such file; 'netcluster init' writes one"));
        } catch (CharacterCodingException e) {
            throw new WrongDefinitionException(List.of(file + ": it is not UTF-8 text"));
        } catch (IOException e) {
            throw new WrongDefinitionException(List.of(file + ": cannot be read: " + e.getMessage()));
        }
    }

    // ------------------------------------------------------------------ kept for the daemon

    /** The text of a file from which {@link #restore} makes the same again. */
    String store() {
        return "# What 'netcluster start' was told; it is read again by 'netcluster reload'.\n"
                + "directory = " + TomlText.string(directory.toString()) + "\n"
                + (file == null ? "" : "file = " + TomlText.string(file.toString()) + "\n")
                + "said = " + TomlText.string(said) + "\n";
    }

    /** What {@link #store} has written to a file. */
    static DefinitionSource restore(Path stored) throws WrongDefinitionException {
        var table = parse(stored.toString(), content(stored));
        var directory = table.getString("directory");
        var said = table.getString("said");
        if (directory == null || said == null) {
            throw new WrongDefinitionException(
                    List.of(stored + ": it is not what 'netcluster start' has written; start the cluster again"));
        }
        var file = table.getString("file");
        return new DefinitionSource(file == null ? null : Path.of(file), said, Path.of(directory));
    }

    /** What it is, in a word. */
    String where() {
        return file == null ? "the command line" : file.toString();
    }
}
