package io.netcluster.cli;

import io.netcluster.primary.CannotStartException;
import io.netcluster.primary.Console;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.LinkOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Runs a cluster that has a name: one at a time has it, and can be asked by it. */
final class NamedCluster {
    private final ClusterPlace place;
    private final FileChannel lock; // which is held until it is closed

    private NamedCluster(ClusterPlace place, FileChannel lock) {
        this.place = place;
        this.lock = lock;
    }

    /**
     * Takes the name.
     *
     * @throws CommandFailedException if a cluster that runs has it
     */
    static NamedCluster take(ClusterPlace place) throws IOException, CommandFailedException {
        place.make();
        var lock = FileChannel.open(
                place.lockFile(),
                Set.of(
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        if (lock.tryLock() == null) {
            var pid = ByteBuffer.allocate(20);
            lock.read(pid, 0);
            lock.close();
            throw runsAlready(place.name(), new String(pid.array(), 0, pid.position(), StandardCharsets.UTF_8).strip());
        }
        lock.truncate(0);
        lock.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.UTF_8)), 0);
        return new NamedCluster(place, lock);
    }

    static CommandFailedException runsAlready(String name, String pid) {
        return new CommandFailedException(
                ExitStatus.REFUSED,
                "'" + name + "' runs already (primary " + pid + "); 'netcluster reload " + name
                        + "' replaces its workers, 'netcluster stop " + name + "' ends it");
    }

    /** Runs it to its end, and gives the name back; returns the worst exit status of its workers. Blocks. */
    int run(DefinitionSource source, Configuration configuration, Definitions definitions, Console console)
            throws CannotStartException, IOException, InterruptedException {
        try (lock) {
            var cluster = new AskedCluster(source, configuration, definitions, console);
            try (var _ = AdminServer.open(place.admin(), cluster.admin())) {
                return cluster.run();
            }
        }
    }
}
