package io.netcluster.primary;

import io.netcluster.sys.Sockets;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The directories of a cluster that has a name, by which it is found again: by the command, by its workers, and by its next
 * primary.
 *
 * <p>They are their user's alone, and this primary's as long as it lives: that is what the lock says.
 */
public final class ClusterHome implements Closeable {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final String LOGS = "logs";
    private static final int S_IFMT = 0xf000; // inode(7)
    private static final int S_IFDIR = 0x4000;
    private static final int S_IFREG = 0x8000;
    private static final int OTHERS = 0077;
    private static final int WRITABLE_BY_OTHERS = 0022;

    private final String name;
    private final Path runtime;
    private final Path state;
    private final FileChannel lock;

    private ClusterHome(String name, Path runtime, Path state, FileChannel lock) {
        this.name = name;
        this.runtime = runtime;
        this.state = state;
        this.lock = lock;
    }

    /**
     * Where a cluster of that name has its sockets, while it runs; nothing is made.
     *
     * @throws CannotStartException if it is no name
     */
    public static Path runtime(String name) throws IOException {
        return runtimeBase().resolve(checked(name));
    }

    /**
     * Where a cluster of that name keeps what outlasts it; nothing is made.
     *
     * @throws CannotStartException if it is no name
     */
    public static Path state(String name) throws IOException {
        return stateBase().resolve("netcluster").resolve(checked(name));
    }

    /** Another primary has the cluster. */
    public static final class RunningException extends CannotStartException {
        private static final long serialVersionUID = 1;

        private final String pid;

        private RunningException(String name, String pid) {
            super("the cluster " + name + " is running already, as process " + pid);
            this.pid = pid;
        }

        /** The process of the primary that has it. */
        public String pid() {
            return pid;
        }
    }

    /**
     * Takes a cluster's directories, and makes them if they are not there.
     *
     * @throws RunningException if a primary has them already
     * @throws CannotStartException if they are not this user's alone, or if that is no name
     */
    public static ClusterHome open(String name) throws IOException {
        make(name);
        return new ClusterHome(name, runtime(name), state(name), lock(name, runtime(name)));
    }

    /**
     * Makes a cluster's directories, and that of its logs; whoever has them has them still.
     *
     * @throws CannotStartException if they are not this user's alone, or if that is no name
     */
    public static void make(String name) throws IOException {
        var runtime = runtime(name);
        own(runtimeBase());
        own(runtime);
        var state = state(name);
        Files.createDirectories(stateBase());
        own(stateBase().resolve("netcluster"));
        own(state);
        own(state.resolve(LOGS));
        requireShort(runtime.resolve("admin"));
    }

    /** Whether workers of a cluster of that name live, with a primary or without. */
    public static boolean hasWorkers(String name) throws IOException {
        var worker = AdoptedProcess.with("NETCLUSTER_LINK=" + runtime(name).resolve("link"));
        if (worker == null) {
            return false;
        }
        worker.close();
        return true;
    }

    private static String checked(String name) throws CannotStartException {
        if (!NAME.matcher(name).matches()) {
            throw new CannotStartException(
                    "'" + name + "' is no name for a cluster: it begins with a letter or digit, and"
                            + " has at most 64 of those and of . _ -");
        }
        return name;
    }

    private static Path runtimeBase() throws IOException {
        var given = System.getenv("XDG_RUNTIME_DIR");
        if (given != null && given.startsWith("/")) {
            var path = Path.of(given);
            if (Files.isDirectory(path) && Files.isWritable(path) && isOwn(path)) {
                return path.resolve("netcluster");
            }
        }
        return Path.of("/tmp/netcluster-" + LinkServer.ownUid());
    }

    private static Path stateBase() {
        var given = System.getenv("XDG_STATE_HOME");
        return given != null && given.startsWith("/")
                ? Path.of(given)
                : Path.of(System.getProperty("user.home"), ".local", "state");
    }

    private static boolean isOwn(Path path) throws IOException {
        return (int) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS) == LinkServer.ownUid();
    }

    /** Makes a directory that is this user's alone, or makes sure that it is. */
    private static void own(Path directory) throws IOException {
        try {
            Files.createDirectory(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (FileAlreadyExistsException e) {
            int mode = (int) Files.getAttribute(directory, "unix:mode", LinkOption.NOFOLLOW_LINKS);
            var wrong = (mode & S_IFMT) != S_IFDIR
                    ? "is no directory"
                    : !isOwn(directory) ? "is another user's" : (mode & OTHERS) != 0 ? "is open to other users" : "";
            if (!wrong.isEmpty()) {
                throw new CannotStartException("the cluster cannot live in " + directory + ", which " + wrong
                        + "; it must be a directory of mode 0700 that is this user's");
            }
        }
    }

    private static void requireShort(Path socket) throws CannotStartException {
        if (socket.toString().getBytes(StandardCharsets.UTF_8).length > Sockets.MAX_UNIX_PATH) {
            throw new CannotStartException("the path of a Unix-domain socket may have " + Sockets.MAX_UNIX_PATH
                    + " bytes, and " + socket + " has more; choose a shorter name, or set XDG_RUNTIME_DIR");
        }
    }

    private static FileChannel lock(String name, Path runtime) throws IOException {
        var file = runtime.resolve("lock");
        requireOwn(file);
        var lock = FileChannel.open(
                file,
                Set.of(
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            if (lock.tryLock() == null) {
                throw new RunningException(name, read(lock));
            }
            lock.truncate(0);
            lock.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
            return lock;
        } catch (OverlappingFileLockException e) {
            lock.close();
            throw new RunningException(
                    name, String.valueOf(ProcessHandle.current().pid()));
        } catch (IOException e) {
            lock.close();
            throw e;
        }
    }

    private static String read(FileChannel lock) throws IOException {
        var text = ByteBuffer.allocate(32);
        lock.read(text, 0);
        return new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII).strip();
    }

    /** The cluster's name. */
    public String name() {
        return name;
    }

    /** Where its sockets are. */
    public Path runtime() {
        return runtime;
    }

    /** Where it keeps what outlasts it. */
    public Path state() {
        return state;
    }

    /** Where the logs of a cluster of that name are; nothing is made. */
    public static Path logs(String name) throws IOException {
        return state(name).resolve(LOGS);
    }

    /** Where the command dials. */
    public Path admin() {
        return runtime.resolve("admin");
    }

    /**
     * Makes sure that a file here was made by this user, and is a file; null if there is none.
     *
     * @throws CannotStartException if it is something else
     */
    @Nullable
    Path ownFile(String file) throws IOException {
        var path = runtime.resolve(file);
        return requireOwn(path) ? path : null;
    }

    /** Returns whether it is there at all. */
    private static boolean requireOwn(Path path) throws IOException {
        try {
            int mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
            if ((mode & S_IFMT) != S_IFREG || !isOwn(path) || (mode & WRITABLE_BY_OTHERS) != 0) {
                throw new CannotStartException(
                        path + " is not what a primary of this user has left: it is no plain file,"
                                + " or another user's, or others may write to it; look at it, and remove it");
            }
            return true;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /** Lets another primary have them. */
    @Override
    public void close() throws IOException {
        lock.close();
    }
}
