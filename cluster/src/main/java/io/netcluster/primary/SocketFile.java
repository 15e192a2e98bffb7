package io.netcluster.primary;

import io.netcluster.sys.Descriptors;
import io.netcluster.sys.Errno;
import io.netcluster.sys.ErrnoException;
import io.netcluster.sys.Sockets;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The file of a Unix-domain listener: it appears with the bind, and nothing but unlink makes it go.
 *
 * <p>Servers like to remove it, before they bind or after they close, and so would cut off all the others. So the
 * primary keeps a second link to it, and puts it back. Only the file that this cluster made is ever removed, known by
 * its inode; and of the files of others only a socket that nobody listens on.
 */
final class SocketFile {
    private final Path path;
    private final Path spare;
    private final Object inode;

    private SocketFile(Path path, Path spare, Object inode) {
        this.path = path;
        this.spare = spare;
        this.inode = inode;
    }

    /** The file that a bind to the path has just made; none for an abstract name. */
    static Optional<SocketFile> made(byte[] name) throws IOException {
        if (name[0] == 0) {
            return Optional.empty();
        }
        var path = path(name);
        var inode = inode(path);
        if (inode == null) {
            throw new IOException(path + " has gone");
        }
        var spare = path.resolveSibling(
                "." + path.getFileName() + "." + ProcessHandle.current().pid());
        try {
            Files.deleteIfExists(spare);
            Files.createLink(spare, path);
        } catch (IOException | UnsupportedOperationException e) {
            // a file system without hard links: a file that is removed stays removed
        }
        return Optional.of(new SocketFile(path, spare, inode));
    }

    /**
     * The file of a listener that a primary before this one has made, and lost sight of: it is put back, if a program has
     * removed it meanwhile, and its second link becomes this primary's.
     */
    static Optional<SocketFile> adopted(byte[] name) throws IOException {
        if (name[0] == 0) {
            return Optional.empty();
        }
        var path = path(name).toAbsolutePath();
        var spares = spares(path);
        for (var spare : spares) {
            if (inode(path) == null && !isStale(spare.toString().getBytes(StandardCharsets.UTF_8))) {
                Files.createLink(path, spare);
            }
        }
        if (inode(path) == null) {
            return Optional.empty(); // gone for good: nobody can connect any more, as without a cluster
        }
        var file = made(name);
        for (var spare : spares) {
            if (file.isPresent()
                    && !spare.equals(file.get().spare.toAbsolutePath())
                    && file.get().inode.equals(inode(spare))) {
                Files.deleteIfExists(spare);
            }
        }
        return file;
    }

    private static List<Path> spares(Path path) throws IOException {
        var prefix = "." + path.getFileName() + ".";
        var found = new ArrayList<Path>();
        try (var spares = Files.newDirectoryStream(
                path.resolveSibling(""), file -> file.getFileName().toString().startsWith(prefix))) {
            spares.forEach(found::add);
        }
        return found;
    }

    /** Removes what stands in the way of a bind, if it is a socket whose process is dead, and that one's second link. */
    static void removeStale(byte[] name) throws IOException {
        if (name[0] != 0 && isStale(name)) {
            var path = path(name).toAbsolutePath();
            var inode = inode(path);
            for (var spare : spares(path)) {
                if (inode != null && inode.equals(inode(spare))) {
                    Files.deleteIfExists(spare);
                }
            }
            Files.deleteIfExists(path);
        }
    }

    /** Whether there is a socket at the path that refuses connections. */
    static boolean isStale(byte[] name) throws IOException {
        if (inode(path(name)) == null || !isSocket(path(name))) {
            return false;
        }
        int probe = Sockets.unixStream();
        try {
            Descriptors.setNonBlocking(probe);
            Sockets.connectUnix(probe, name);
            return false;
        } catch (ErrnoException e) {
            return e.is(Errno.ECONNREFUSED);
        } finally {
            Descriptors.close(probe);
        }
    }

    /** Puts the file back if it has been removed; returns whether it is there. */
    boolean mend() {
        try {
            if (inode(path) == null) {
                Files.createLink(path, spare);
            }
        } catch (IOException e) {
            return false; // somebody's file stands there, or the directory is gone
        }
        return inode.equals(inode(path));
    }

    /** Removes the file, if it is still the one that was made. */
    void remove() {
        try {
            if (inode.equals(inode(path))) {
                Files.deleteIfExists(path);
            }
            Files.deleteIfExists(spare);
        } catch (IOException e) {
            // a directory that may no longer be written to: the next cluster finds the file stale
        }
    }

    /** Removes what this cluster has put beside it, as the file is another's. */
    void leave() {
        try {
            Files.deleteIfExists(spare);
        } catch (IOException e) {
            // as above
        }
    }

    private static Path path(byte[] name) {
        return Path.of(new String(name, StandardCharsets.UTF_8));
    }

    private static @Nullable Object inode(Path path) {
        try {
            return Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS);
        } catch (IOException e) {
            return null; // there is none
        }
    }

    static boolean isSocket(Path path) throws IOException {
        int mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        return (mode & 0xf000) == 0xc000; // S_IFMT, S_IFSOCK: inode(7)
    }
}
