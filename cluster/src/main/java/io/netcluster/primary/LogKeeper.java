package io.netcluster.primary;

import io.netcluster.primary.LogFile.Kind;
import io.netcluster.primary.LogRotation.Compress;
import io.netcluster.primary.LogRotation.Delete;
import io.netcluster.primary.LogRotation.Rotate;
import io.netcluster.sys.Writers;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the files that a cluster's workers print to within bounds, by a thread of its own.
 *
 * <p>It renames a file, and workers go on in it until they have been told of the new one; so nothing is lost, whatever
 * becomes of them. Which file is to be what, it knows from the files themselves: a primary that comes after a dead one goes
 * on where that was.
 */
final class LogKeeper implements Closeable {
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    /** Until what has been rotated is not written to any more, and has been compressed. */
    private static final Duration BUSY_INTERVAL = Duration.ofMillis(100);

    private static final Duration BUSY = Duration.ofSeconds(2);
    private static final Duration RETRY = Duration.ofMinutes(1);
    private static final Duration CLOSING = Duration.ofSeconds(5);
    private static final long FULL = 64 << 10; // bytes; what is less than this is soon nothing
    private static final long ROOM = 1 << 20;

    private final Path directory;
    private final Agenda agenda;
    private final Slots slots;
    private final Changes changes;
    private final LogWriters writers;
    private final Complaints complaints;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile @Nullable LogFile compressing;
    private @Nullable Thread compressor; // guarded by this
    private volatile Instant notBefore = Instant.MIN; // the next compression
    private Instant lastRotation = Instant.MIN;
    private boolean full;

    private record Present(LogPolicy policy, List<Worker> workers) {}

    private LogKeeper(Path directory, Agenda agenda, Slots slots, Changes changes, Observer observer) {
        this.directory = directory;
        this.agenda = agenda;
        this.slots = slots;
        this.changes = changes;
        this.writers = new LogWriters(directory, agenda, slots);
        this.complaints = new Complaints(line -> agenda.submit(() -> observer.say(line)));
    }

    /** Starts keeping the files of a directory, until this is closed. */
    static LogKeeper start(Path directory, Agenda agenda, Slots slots, Changes changes, Observer observer) {
        var keeper = new LogKeeper(directory, agenda, slots, changes, observer);
        var thread = new Thread(keeper::run, "netcluster-logs");
        thread.setDaemon(true);
        thread.start();
        return keeper;
    }

    /** Ends it: what has been begun is left to the next primary, which must not meet this one at work. */
    @Override
    public void close() {
        Thread atWork;
        synchronized (this) {
            ended.countDown();
            atWork = compressor;
        }
        if (atWork != null) {
            atWork.interrupt();
            try {
                atWork.join(CLOSING);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean hasEnded() {
        return ended.getCount() == 0;
    }

    private void run() {
        try {
            boolean over;
            do {
                try {
                    check();
                    complaints.settled("look");
                } catch (IOException e) {
                    complaints.say("look", "cannot look after the log files in " + directory + ": " + e);
                }
                boolean busy = Instant.now().isBefore(lastRotation.plus(BUSY));
                over = ended.await((busy ? BUSY_INTERVAL : INTERVAL).toMillis(), TimeUnit.MILLISECONDS);
            } while (!over);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
    }

    private void check() throws IOException, InterruptedException {
        var present = present();
        if (hasEnded()) {
            return;
        }
        watchDisk();
        for (var action : LogRotation.decide(look(), present.policy, Instant.now())) {
            switch (action) {
                case Rotate(LogFile file, String name) -> {
                    Files.move(directory.resolve(file.name()), directory.resolve(name));
                    lastRotation = Instant.now();
                }
                case Compress(LogFile file) -> compress(file);
                case Delete(LogFile file) -> Files.deleteIfExists(directory.resolve(file.name()));
            }
        }
        var left = new HashSet<String>();
        for (var file : look()) {
            if (file.kind() == Kind.ROTATED && file.inUse()) {
                left.add(file.name());
            }
        }
        writers.moveOn(left, present.workers);
    }

    private Present present() throws InterruptedException {
        var told = new CompletableFuture<Present>();
        agenda.put(() -> told.complete(new Present(changes.settings().logPolicy(), slots.workers())));
        return told.join();
    }

    private List<LogFile> look() throws IOException {
        var files = new ArrayList<LogFile>();
        try (var paths = Files.newDirectoryStream(directory)) {
            for (var path : paths) {
                var file = look(path);
                if (file != null) {
                    files.add(file);
                }
            }
        }
        return files;
    }

    private @Nullable LogFile look(Path path) throws IOException {
        try {
            var attributes = Files.readAttributes(path, BasicFileAttributes.class);
            var file = LogFile.of(
                    path.getFileName().toString(), attributes.creationTime().toInstant(), attributes.size(), false);
            if (file == null || !attributes.isRegularFile()) {
                return null;
            }
            var busy = compressing;
            boolean beingCompressed = busy != null && file.name().startsWith(busy.name());
            boolean inUse = beingCompressed || (file.kind() == Kind.ROTATED && Writers.exist(path));
            return new LogFile(file.name(), file.stream(), file.kind(), file.since(), file.size(), inUse);
        } catch (NoSuchFileException e) {
            return null; // it has just been compressed
        }
    }

    // ------------------------------------------------------------------ compression

    /** One at a time. */
    private synchronized void compress(LogFile file) {
        if (hasEnded() || compressing != null || Instant.now().isBefore(notBefore)) {
            return;
        }
        compressing = file;
        compressor = new Thread(() -> compressNow(file), "netcluster-compress");
        compressor.setDaemon(true);
        compressor.start();
    }

    private void compressNow(LogFile file) {
        try {
            LogCompressor.replace(
                    directory.resolve(file.name()),
                    directory.resolve(file.part()),
                    directory.resolve(file.compressed()));
            complaints.settled("compress");
        } catch (IOException e) {
            notBefore = Instant.now().plus(RETRY);
            if (hasEnded()) {
                return;
            }
            complaints.say(
                    "compress",
                    "cannot compress the log file " + directory.resolve(file.name()) + ", which stays: "
                            + e.getMessage());
        } finally {
            compressing = null;
        }
    }

    // ------------------------------------------------------------------ the disk

    private void watchDisk() throws IOException {
        long room = Files.getFileStore(directory).getUsableSpace();
        if (!full && room < FULL) {
            full = true;
            complaints.say(
                    "disk", "the disk of " + directory + " is full: what workers print is lost until there is room");
        } else if (full && room >= ROOM) {
            full = false;
            complaints.settled("disk");
        }
    }
}
