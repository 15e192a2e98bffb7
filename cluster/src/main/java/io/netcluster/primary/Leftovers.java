package io.netcluster.primary;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** What primaries leave in the file system, those that have been killed above all. */
final class Leftovers {
    private Leftovers() {}

    /** What the primary before has made may be another version's; who uses it has it open. */
    static void remove(Path directory, String... names) throws IOException {
        for (var name : names) {
            try (var files = Files.newDirectoryStream(directory, name)) {
                for (var file : files) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    /** Removes what a primary that was killed has left behind: its link refuses connections. */
    static void sweep(Path parent) {
        try (var left = Files.newDirectoryStream(parent, "netcluster-*")) {
            for (var directory : left) {
                if (isOurs(directory) && (isStale(directory) || isStale(directory.resolve(LinkServer.USERS)))) {
                    remove(directory);
                }
            }
        } catch (IOException e) {
            // somebody else's business, or another cluster's that sweeps too
        }
    }

    private static boolean isStale(Path directory) throws IOException {
        return SocketFile.isStale(directory.resolve("link").toString().getBytes(StandardCharsets.UTF_8));
    }

    private static boolean isOurs(Path directory) throws IOException {
        return (int) Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS) == LinkServer.ownUid();
    }

    /** What cannot be removed is being removed by another, or is left to the next sweep. */
    static void remove(Path directory) {
        empty(directory.resolve(LinkServer.USERS));
        empty(directory);
        directory.toFile().delete();
    }

    private static void empty(Path directory) {
        var files = directory.toFile().listFiles();
        if (files != null) {
            for (var file : files) {
                file.delete();
            }
        }
    }
}
