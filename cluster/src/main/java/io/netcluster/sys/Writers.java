package io.netcluster.sys;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;

/**
 * Whether anybody has a file open for writing.
 *
 * <p>The kernel knows: it gives nobody a read lease on such a file (fcntl(2)), be the writer in another container, another
 * user's, or amid its last write. Where there are no leases, it is those whose descriptors can be seen in /proc.
 */
public final class Writers {
    private static final int AT_FDCWD = -100; // linux/fcntl.h
    private static final int O_NONBLOCK = 0x800; // asm-generic/fcntl.h; open(2) on a pipe would wait
    private static final int O_CLOEXEC = 0x80000;
    private static final int F_SETSIG = 10;
    private static final int F_SETLEASE = 1024;
    private static final int F_RDLCK = 0;
    private static final int F_UNLCK = 2;
    private static final int SIGURG = 23; // ignored by default, where SIGIO, which tells of a broken lease, would kill
    private static final int WRITE = 0200; // in the mode of a link in /proc/PID/fd, proc_pid_fd(5)
    private static final Set<String> WITHOUT_LEASES = Set.of("nfs", "nfs4", "cifs", "smb3", "9p", "fuse", "ceph");

    private Writers() {}

    /**
     * Whether there are any.
     *
     * @throws NoSuchFileException if the file has gone
     */
    public static boolean exist(Path file) throws IOException {
        int fd = open(file);
        try {
            long result = Linux.call(SystemCall.FCNTL, fd, F_SETSIG, SIGURG);
            if (result == 0) {
                result = Linux.call(SystemCall.FCNTL, fd, F_SETLEASE, F_RDLCK);
            }
            if (result == 0) {
                Linux.call(SystemCall.FCNTL, fd, F_SETLEASE, F_UNLCK);
                return false;
            }
            return (result == -Errno.EAGAIN.number() && hasLeases(file)) || areSeen(file.toRealPath());
        } finally {
            Descriptors.close(fd);
        }
    }

    private static int open(Path file) throws IOException {
        try (var path = Memory.of(file.toString())) {
            long result = Linux.call(SystemCall.OPENAT, AT_FDCWD, path.address(), (long) O_NONBLOCK | O_CLOEXEC, 0, 0);
            if (result == -Errno.ENOENT.number()) {
                throw new NoSuchFileException(file.toString());
            }
            if (result < 0) {
                throw new ErrnoException("open(" + file + ")", (int) -result);
            }
            return (int) result;
        }
    }

    /** Some file systems refuse every lease in the words that mean a writer. */
    private static boolean hasLeases(Path file) throws IOException {
        var type = Files.getFileStore(file).type().toLowerCase(Locale.ROOT);
        return !WITHOUT_LEASES.contains(type) && !type.startsWith("fuse.");
    }

    static boolean areSeen(Path file) throws IOException {
        try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (var process : processes) {
                if (writes(process, file)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean writes(Path process, Path file) {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (var descriptor : descriptors) {
                if (leads(descriptor, file)) {
                    return true;
                }
            }
        } catch (IOException e) {
            return false; // another user's, or it has ended
        }
        return false;
    }

    private static boolean leads(Path descriptor, Path file) {
        try {
            return Files.readSymbolicLink(descriptor).equals(file)
                    && ((int) Files.getAttribute(descriptor, "unix:mode", LinkOption.NOFOLLOW_LINKS) & WRITE) != 0;
        } catch (IOException e) {
            return false; // closed meanwhile
        }
    }
}
