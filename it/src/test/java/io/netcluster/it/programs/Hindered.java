package io.netcluster.it.programs;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** A {@link LineServer} that ends at once as long as there is a file, its first argument. */
public final class Hindered {
    private Hindered() {}

    public static void main(String[] arguments) throws Exception {
        if (Files.exists(Path.of(arguments[0]))) {
            System.exit(3);
        }
        LineServer.main(Arrays.copyOfRange(arguments, 1, arguments.length));
    }
}
