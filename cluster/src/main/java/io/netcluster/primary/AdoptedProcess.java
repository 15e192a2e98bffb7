package io.netcluster.primary;

import io.netcluster.sys.PidFd;
import io.netcluster.sys.Processes;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A process that a primary before this one has started: it is no child of ours, but it is held fast by a descriptor. */
final class AdoptedProcess implements WorkerProcess {
    /** What counts as the status of a process of which it cannot be known: a failure. */
    static final int UNKNOWN = 255;

    private static final int SIGKILL = 9;

    private final long pid;
    private final long startTime;
    private final PidFd held;
    private volatile boolean ended;

    private AdoptedProcess(long pid, long startTime, PidFd held) {
        this.pid = pid;
        this.startTime = startTime;
        this.held = held;
    }

    /** The process of that number that was started at that time; null if it has ended, whoever has its number now. */
    static @Nullable AdoptedProcess of(long pid, long startTime) {
        if (pid <= 0 || startTime == 0 || Processes.hasEnded(pid)) {
            return null;
        }
        try {
            return new AdoptedProcess(pid, startTime, PidFd.open(pid, startTime));
        } catch (IOException e) {
            return null; // ESRCH
        }
    }

    /** The first process that was started with something in its environment; null if there is none. */
    static @Nullable AdoptedProcess with(String variable) {
        long first = 0;
        long since = Long.MAX_VALUE;
        try (var numbers = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (var number : numbers) {
                long pid = Long.parseLong(number.getFileName().toString());
                long startTime = hasVariable(number, variable) ? Processes.startTime(pid) : 0;
                if (startTime != 0 && startTime < since) {
                    first = pid;
                    since = startTime;
                }
            }
        } catch (IOException e) {
            return null; // without /proc nothing can be known
        }
        return of(first, since);
    }

    /** Lets go of one that nobody waits for. */
    void close() {
        held.close();
    }

    private static boolean hasVariable(Path process, String variable) {
        try {
            var environment = new String(Files.readAllBytes(process.resolve("environ")), StandardCharsets.ISO_8859_1);
            return ("\0" + environment).contains("\0" + variable + "\0");
        } catch (IOException e) {
            return false; // another user's, or it has ended
        }
    }

    @Override
    public long pid() {
        return pid;
    }

    @Override
    public long startTime() {
        return startTime;
    }

    @Override
    public boolean isAlive() {
        return !ended && !Processes.hasEnded(pid);
    }

    @Override
    public void signal(int signal) {
        held.signal(signal);
    }

    @Override
    public void kill() {
        descendants().forEach(ProcessHandle::destroyForcibly);
        signal(SIGKILL);
    }

    @Override
    public Stream<ProcessHandle> descendants() {
        return ended ? Stream.empty() : ProcessHandle.of(pid).stream().flatMap(ProcessHandle::descendants);
    }

    @Override
    public int await() throws IOException, InterruptedException {
        held.await();
        ended = true;
        int status = held.status().orElse(UNKNOWN);
        held.close();
        return status;
    }

    @Override
    public OutputStream getOutputStream() {
        return OutputStream.nullOutputStream();
    }

    @Override
    public InputStream getInputStream() {
        return InputStream.nullInputStream();
    }

    @Override
    public InputStream getErrorStream() {
        return InputStream.nullInputStream();
    }
}
