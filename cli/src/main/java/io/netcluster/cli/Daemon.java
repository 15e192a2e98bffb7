package io.netcluster.cli;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URISyntaxException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The process of a background cluster's primary, as whoever starts it sees it. */
final class Daemon {
    private Daemon() {}

    /** Starts it, as this very program was started. */
    static Process launch(ClusterPlace home, String... options) throws IOException {
        var log = home.primaryLog();
        if (!Files.exists(log)) {
            Files.createFile(log, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
        var words = new ArrayList<String>();
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.addAll(ownOptions());
        words.addAll(List.of("-jar", jar(), "daemon"));
        words.addAll(List.of(options));
        words.add(home.name());
        return new ProcessBuilder(words)
                .redirectInput(Redirect.from(new File("/dev/null")))
                .redirectOutput(Redirect.appendTo(log.toFile()))
                .redirectError(Redirect.appendTo(log.toFile()))
                .start();
    }

    /** The command's own, which names the others: however this JVM was told of it. */
    private static String jar() throws IOException {
        try {
            return Path.of(Main.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IOException("cannot tell where this command's jar is", e);
        }
    }

    /** What this JVM has been told of its heap, its compilers and its AOT cache: the options that begin with -X. */
    private static List<String> ownOptions() throws IOException {
        var line = Files.readAllBytes(Path.of("/proc/self/cmdline"));
        return Arrays.stream(new String(line, Charset.forName(System.getProperty("sun.jnu.encoding"))).split("\0"))
                .skip(1)
                .takeWhile(word -> !word.equals("-jar"))
                .filter(word -> word.startsWith("-X"))
                .toList();
    }
}
