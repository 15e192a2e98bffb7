package io.netcluster.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads what is added to a log file, also when another has taken its name. One thread. */
final class LogTail implements AutoCloseable {
    private static final int LONGEST_LINE = 64 * 1024;

    private final LogFile log;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private @Nullable RandomAccessFile file;
    private @Nullable Object inode;
    private long position;

    /** From its last lines on, at most so many; from its beginning, if there shall be more than there are. */
    LogTail(LogFile log, int lines) throws IOException {
        this.log = log;
        if (open()) {
            position = LogFile.beginOfLast(opened(), opened().length(), lines);
        }
    }

    private RandomAccessFile opened() {
        if (file == null) {
            throw new IllegalStateException("it is not open");
        }
        return file;
    }

    private boolean open() throws IOException {
        if (!Files.exists(log.path())) {
            return false;
        }
        close();
        file = new RandomAccessFile(log.path().toFile(), "r");
        inode = Files.getAttribute(log.path(), "unix:ino");
        position = 0;
        return true;
    }

    LogFile log() {
        return log;
    }

    /** Hands on the lines that are there now. */
    void read(Consumer<String> to) throws IOException {
        if (file == null && !open()) {
            return;
        }
        readOpened(to);
        if (Files.exists(log.path())
                && !Files.getAttribute(log.path(), "unix:ino").equals(inode)) {
            readOpened(to); // what was written until it was renamed, and its name taken
            open();
            readOpened(to);
        }
    }

    private void readOpened(Consumer<String> to) throws IOException {
        if (opened().length() < position) {
            position = 0; // it has been emptied
        }
        opened().seek(position);
        var chunk = new byte[8192];
        for (int n = opened().read(chunk); n > 0; n = opened().read(chunk)) {
            position += n;
            for (int i = 0; i < n; i++) {
                if (chunk[i] == '\n' || line.size() >= LONGEST_LINE) {
                    to.accept(line.toString(StandardCharsets.UTF_8));
                    line.reset();
                }
                if (chunk[i] != '\n') {
                    line.write(chunk[i]);
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
        }
    }
}
