package io.netcluster.it.programs;

import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A server whose behaviour changes from one start to the next, by a file that it reads when it starts.
 *
 * <p>Arguments: the file, the style of {@link LineServer}, the port. The file says {@code serve}, or {@code crash} (ends with
 * 3 before it listens), {@code idle} (never listens), or a port on which it listens in place of the one given.
 */
public final class Release {
    private Release() {}

    public static void main(String[] arguments) throws Exception {
        var what = Files.readString(Path.of(arguments[0])).strip();
        int port = Integer.parseInt(arguments[2]);
        System.out.println("this release is to " + what);
        switch (what) {
            case "crash" -> {
                System.err.println("no configuration");
                System.exit(3);
            }
            case "idle" -> Thread.currentThread().join();
            case "serve" -> LineServer.serve(arguments[1], new InetSocketAddress("127.0.0.1", port));
            default -> LineServer.serve(arguments[1], new InetSocketAddress("127.0.0.1", Integer.parseInt(what)));
        }
    }
}
