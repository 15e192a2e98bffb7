package io.netcluster.primary;

import io.netcluster.sys.Descriptors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Has those who print to log files that have been rotated go on in new ones: the workers of a slot, be they its present one
 * or a leaver, and the primary itself.
 */
final class LogWriters {
    /** One that cannot open the new files says so where it prints; it is not asked too often. */
    private static final Duration RETRY = Duration.ofSeconds(30);

    private static final String OUT = "1"; // in /proc/PID/fd
    private static final String ERR = "2";
    private static final String UNKNOWN = "";

    private final Path directory;
    private final Agenda agenda;
    private final Slots slots;
    private final Map<Long, Told> told = new HashMap<>(); // by the worker's id

    /** When a worker was told to leave which files. */
    private record Told(String out, String err, Instant when) {}

    LogWriters(Path directory, Agenda agenda, Slots slots) {
        this.directory = directory;
        this.agenda = agenda;
        this.slots = slots;
    }

    /**
     * Tells all that still print to them.
     *
     * @param rotated the names of files
     */
    void moveOn(Set<String> rotated, List<Worker> workers) throws IOException {
        told.keySet().retainAll(workers.stream().map(Worker::id).toList());
        if (rotated.isEmpty()) {
            return;
        }
        for (var worker : workers) {
            if (worker.link() != null) { // otherwise it is told when it has dialled
                moveOn(rotated, worker);
            }
        }
        moveOn(rotated, OUT);
        moveOn(rotated, ERR);
    }

    private void moveOn(Set<String> rotated, Worker worker) {
        var out = target(worker.pid(), OUT);
        var err = target(worker.pid(), ERR);
        boolean isConcerned = rotated.contains(out) || rotated.contains(err) || out.equals(UNKNOWN);
        var last = told.get(worker.id());
        var now = Instant.now();
        boolean isTold =
                last != null && last.out.equals(out) && last.err.equals(err) && now.isBefore(last.when.plus(RETRY));
        if (isConcerned && !isTold) {
            told.put(worker.id(), new Told(out, err, now));
            var newOut = next(out, LogFile.out(worker.slot()), OUT);
            var newErr = next(err, LogFile.err(worker.slot()), ERR);
            agenda.submit(() -> {
                if (slots.have(worker)) {
                    worker.reopen(newOut, newErr);
                }
            });
        }
    }

    /** Where a descriptor is to lead: what is no log file, such as a script's pipe, is opened again as what it is. */
    private Path next(String present, String stream, String descriptor) {
        return present.equals(UNKNOWN) || present.startsWith(stream)
                ? directory.resolve(stream)
                : Path.of("/proc/self/fd", descriptor);
    }

    /** Moves on the primary's own output. */
    private void moveOn(Set<String> rotated, String descriptor) throws IOException {
        var present = target(ProcessHandle.current().pid(), descriptor);
        var file = LogFile.of(present, Instant.MIN, 0, false);
        if (file == null || !rotated.contains(present)) {
            return;
        }
        int fd = Descriptors.append(directory.resolve(file.stream()).toString());
        try {
            Descriptors.replaceStandard(fd, Integer.parseInt(descriptor));
        } finally {
            Descriptors.close(fd);
        }
    }

    /** The name of the file behind a process's descriptor. */
    private static String target(long pid, String descriptor) {
        try {
            var link = Files.readSymbolicLink(Path.of("/proc", String.valueOf(pid), "fd", descriptor));
            var name = link.getFileName();
            return name == null ? "/" : name.toString();
        } catch (IOException e) {
            return UNKNOWN; // it has none, or is another user's, or has ended
        }
    }
}
