package io.netcluster.sys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What can be done with a descriptor of any kind. */
public final class Descriptors {
    private static final int F_SETFD = 2; // asm-generic/fcntl.h
    private static final int FD_CLOEXEC = 1;
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int F_DUPFD_CLOEXEC = 1030; // linux/fcntl.h
    private static final int AFTER_STANDARD = 3; // a duplicate must not become a closed stdin, stdout or stderr
    private static final int O_WRONLY = 1; // asm-generic/fcntl.h; x86-64 and aarch64 have the same of these
    private static final int O_CREAT = 0x40;
    private static final int O_NOCTTY = 0x100;
    private static final int O_APPEND = 0x400;
    private static final int AT_FDCWD = -100; // linux/fcntl.h
    private static final int O_NONBLOCK = 0x800;
    private static final int O_CLOEXEC = 0x80000;
    private static final int EPOLL_CTL_ADD = 1; // uapi/linux/eventpoll.h
    private static final int EPOLL_CTL_DEL = 2;

    private Descriptors() {}

    /** Closes the number; it is free afterwards whatever happened, as close(2) says. */
    public static void close(int fd) {
        Linux.call(SystemCall.CLOSE, fd, 0, 0);
    }

    /** Another number for the same open file description; the caller's. */
    public static int duplicate(int fd) throws ErrnoException {
        long result = Linux.call(SystemCall.FCNTL, fd, F_DUPFD_CLOEXEC, AFTER_STANDARD);
        if (result < 0) {
            throw new ErrnoException("fcntl(" + fd + ", F_DUPFD_CLOEXEC)", (int) -result);
        }
        return (int) result;
    }

    /** Puts what is behind {@code from} behind {@code to} as well, in one step; both stay their owners'. */
    public static void replace(int from, int to) throws ErrnoException {
        long result = Linux.call(SystemCall.DUP3, from, to, O_CLOEXEC);
        if (result < 0) {
            throw new ErrnoException("dup3(" + from + ", " + to + ")", (int) -result);
        }
    }

    /** As {@link #replace}, for standard output or error, which processes that this one starts are to inherit. */
    public static void replaceStandard(int from, int to) throws ErrnoException {
        long result = Linux.call(SystemCall.DUP3, from, to, 0);
        if (result < 0) {
            throw new ErrnoException("dup3(" + from + ", " + to + ")", (int) -result);
        }
    }

    /** Opens a file to write at its end, and makes it, of mode 0600, if it is not there; the caller's. */
    public static int append(String path) throws ErrnoException {
        try (var name = Memory.of(path)) {
            long flags = O_WRONLY | O_CREAT | O_NOCTTY | O_APPEND | O_CLOEXEC;
            long result = Linux.call(SystemCall.OPENAT, AT_FDCWD, name.address(), flags, 0600, 0);
            if (result < 0) {
                throw new ErrnoException("open(" + path + ")", (int) -result);
            }
            return (int) result;
        }
    }

    /** As {@link #replace}, in this process's epoll sets too. All that can fail comes before dup3. */
    public static void replaceInEpoll(int from, int to) throws IOException {
        var interests = interests(to);
        for (var interest : interests) {
            forget(interest, to);
        }
        replace(from, to);
        for (var interest : interests) {
            renew(interest, to);
        }
    }

    /** Whether two of this process's numbers are the same socket, wherever they came from. */
    public static boolean isSame(int one, int other) throws IOException {
        var socket =
                Files.readSymbolicLink(Path.of("/proc/self/fd", String.valueOf(one))); // socket:[inode], proc_pid_fd(5)
        return socket.equals(Files.readSymbolicLink(Path.of("/proc/self/fd", String.valueOf(other))));
    }

    /** Sets O_NONBLOCK, which belongs to the open file description and so to all who share it. */
    public static void setNonBlocking(int fd) throws ErrnoException {
        long flags = Linux.call(SystemCall.FCNTL, fd, F_GETFL, 0);
        long result = flags < 0 ? flags : Linux.call(SystemCall.FCNTL, fd, F_SETFL, flags | O_NONBLOCK);
        if (result < 0) {
            throw new ErrnoException("fcntl(" + fd + ", F_SETFL, O_NONBLOCK)", (int) -result);
        }
    }

    /** Keeps it from the programs that this process becomes or starts. */
    public static void closeOnExec(int fd) throws ErrnoException {
        long result = Linux.call(SystemCall.FCNTL, fd, F_SETFD, FD_CLOEXEC);
        if (result < 0) {
            throw new ErrnoException("fcntl(" + fd + ", F_SETFD, FD_CLOEXEC)", (int) -result);
        }
    }

    /** Gives a descriptor the blocking mode of another. */
    static void copyBlocking(int from, int to) throws ErrnoException {
        if (isNonBlocking(from)) {
            setNonBlocking(to);
        }
    }

    static boolean isNonBlocking(int fd) throws ErrnoException {
        long flags = Linux.call(SystemCall.FCNTL, fd, F_GETFL, 0);
        if (flags < 0) {
            throw new ErrnoException("fcntl(" + fd + ", F_GETFL)", (int) -flags);
        }
        return (flags & O_NONBLOCK) != 0;
    }

    /** One epoll set's interest in a descriptor. */
    public record Interest(int epoll, int events, long data) {}

    /**
     * Finds this process's epoll sets that hold the descriptor, by /proc/self/fdinfo (proc_pid_fdinfo(5)).
     *
     * <p>epoll remembers the open file description behind a number: it must be told before another is put there.
     */
    public static List<Interest> interests(int fd) throws IOException {
        var found = new ArrayList<Interest>();
        try (var numbers = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (var number : numbers) {
                if (isEpoll(number)) {
                    int epoll = Integer.parseInt(number.getFileName().toString());
                    for (var line : Files.readAllLines(Path.of("/proc/self/fdinfo", String.valueOf(epoll)))) {
                        if (line.startsWith("tfd:")) {
                            var words = line.trim().split("[ :]+");
                            if (Integer.parseInt(words[1]) == fd) {
                                found.add(new Interest(
                                        epoll,
                                        Integer.parseUnsignedInt(words[3], 16),
                                        Long.parseUnsignedLong(words[5], 16)));
                            }
                        }
                    }
                }
            }
        }
        return found;
    }

    private static boolean isEpoll(Path number) throws IOException {
        try {
            return Files.readSymbolicLink(number).toString().equals("anon_inode:[eventpoll]");
        } catch (NoSuchFileException e) {
            return false; // closed meanwhile: the directory's own descriptor, or another thread's
        }
    }

    /** Removes the descriptor from an epoll set. */
    public static void forget(Interest interest, int fd) {
        epollCtl(interest, EPOLL_CTL_DEL, fd);
    }

    /** Removes the descriptor from the epoll set with that number, if it is in it. */
    static void forget(int epoll, int fd) {
        forget(new Interest(epoll, 0, 0), fd);
    }

    /** Puts the descriptor back into an epoll set, with what is behind it now. */
    private static void renew(Interest interest, int fd) {
        epollCtl(interest, EPOLL_CTL_ADD, fd);
    }

    private static void epollCtl(Interest interest, int operation, int fd) {
        // struct epoll_event is packed on x86-64 and padded elsewhere
        boolean packed = SystemCall.ARCHITECTURE == Architecture.X86_64;
        try (var event = Memory.of(packed ? 12 : 16)) {
            event.buffer().putInt(0, interest.events()).putLong(packed ? 4 : 8, interest.data());
            // EEXIST and ENOENT say that the owner of the set was quicker, which is as good
            Linux.call(SystemCall.EPOLL_CTL, interest.epoll(), operation, fd, event.address(), 0);
        }
    }
}
