package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A Java that is too old to be a worker's. */
final class OlderJava {
    private OlderJava() {}

    /** One of this machine's; without one the test that wants it cannot be run and fails. */
    static String find() throws IOException {
        List<Path> homes;
        try (var all = Files.list(Path.of("/usr/lib/jvm"))) {
            homes = all.filter(home -> Files.isExecutable(home.resolve("bin/java")))
                    .filter(home -> version(home).matches("(8|11|17|21)"))
                    .toList();
        }
        assertThat(homes).as("a JDK older than 25 in /usr/lib/jvm").isNotEmpty();
        return homes.getFirst().resolve("bin/java").toString();
    }

    private static String version(Path home) {
        try {
            return Files.readAllLines(home.resolve("release")).stream()
                    .filter(line -> line.startsWith("JAVA_VERSION="))
                    .map(line -> line.replaceAll("JAVA_VERSION=\"(1\\.)?(\\d+).*", "$2"))
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            return "";
        }
    }
}
