package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;

/** What has been printed to one stream of a slot, in all the files that it is in. */
record SlotLog(Path directory, String stream) {
    /** Its files' names, oldest first. */
    List<String> files() {
        try (var all = Files.list(directory)) {
            var names = new ArrayList<>(all.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith(stream + ".") && !name.endsWith(".part"))
                    .sorted()
                    .toList());
            if (Files.exists(directory.resolve(stream))) { // otherwise it has just been renamed
                names.add(stream);
            }
            return names;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long compressed() {
        return files().stream().filter(name -> name.endsWith(".gz")).count();
    }

    /** Those that have been rotated, and not compressed. */
    List<String> plain() {
        return files().stream()
                .filter(name -> !name.equals(stream) && !name.endsWith(".gz"))
                .toList();
    }

    /** How many lines each has printed whose lines begin with its name and a number; all, once, and in order. */
    Map<String, Integer> counted() throws IOException {
        var bytes = new StringBuilder();
        for (var name : files()) {
            try (var in = open(name)) {
                bytes.append(new String(in.readAllBytes(), StandardCharsets.US_ASCII));
            }
        }
        var last = new TreeMap<String, Integer>();
        for (var line : bytes.toString().lines().toList()) {
            var words = line.split(" ");
            assertThat(words).as(line).hasSize(3);
            int number = Integer.parseInt(words[1]);
            assertThat(number).as("line after " + last + ": " + line).isEqualTo(last.getOrDefault(words[0], 0) + 1);
            last.put(words[0], number);
        }
        return last;
    }

    private InputStream open(String name) throws IOException {
        var in = Files.newInputStream(directory.resolve(name));
        return name.endsWith(".gz") ? new GZIPInputStream(in) : in;
    }
}
