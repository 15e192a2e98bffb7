package io.netcluster.sys;

import java.io.Closeable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/**
 * A process that need not be a child, held fast: its number may be another's later, this is not (pidfd_open(2)).
 *
 * <p>Any thread may send signals; who waits is who closes.
 */
public final class PidFd implements Closeable {
    private static final short POLLIN = 1; // asm-generic/poll.h
    private static final int PIDFD_GET_INFO = 0xc040ff0b; // linux/pidfd.h: _IOWR(0xff, 11, 64 bytes)
    private static final int INFO_SIZE = 64; // struct pidfd_info, version 0
    private static final long PIDFD_INFO_EXIT = 8;
    private static final int EXIT_CODE = 60;
    private static final int EXIT_FIELD = 52 - 3; // proc_pid_stat(5), as Processes.fields counts
    private static final int LOOKS = 100;
    private static final long LOOK_NANOS = 5_000_000;

    private final long pid;
    private final long startTime;
    private final int fd;
    private boolean closed;

    private PidFd(long pid, long startTime, int fd) {
        this.pid = pid;
        this.startTime = startTime;
        this.fd = fd;
    }

    /**
     * Takes hold of a process.
     *
     * @param startTime as {@link Processes#startTime} has told
     * @throws ErrnoException ESRCH if there is none of that number and that time
     */
    public static PidFd open(long pid, long startTime) throws ErrnoException {
        int fd = (int) checked(Linux.call(SystemCall.PIDFD_OPEN, pid, 0, 0), "pidfd_open(" + pid + ")");
        if (Processes.startTime(pid) != startTime) { // if it is the right one now, it was when it was opened
            Descriptors.close(fd);
            throw new ErrnoException("pidfd_open(" + pid + ", started at " + startTime + ")", Errno.ESRCH.number());
        }
        return new PidFd(pid, startTime, fd);
    }

    /** Sends a signal; a process that has ended is no error, nor is it if this has been closed. */
    public synchronized void signal(int signal) {
        if (closed) {
            return;
        }
        Linux.call(SystemCall.PIDFD_SEND_SIGNAL, fd, signal, 0);
    }

    /** Waits until the process has ended. */
    public void await() throws ErrnoException {
        try (var poll = Memory.of(8)) { // struct pollfd
            poll.buffer().putInt(fd).putShort(POLLIN);
            long result;
            do {
                result = Linux.call(SystemCall.PPOLL, poll.address(), 1, 0, 0, 0);
            } while (result == -Errno.EINTR.number());
            checked(result, "ppoll(" + fd + ")");
        }
    }

    /**
     * How the process ended, once it has: its exit status, or 128 and the signal's number. The kernel tells strangers when
     * the process's parent has heard of it, since Linux 6.15, and before that as long as it is a zombie; so this waits a
     * moment.
     *
     * @return empty if that cannot be known any more
     */
    @SuppressWarnings("ThreadSleep") // it is the parent, a stranger, that is waited for
    public OptionalInt status() throws InterruptedException {
        for (int look = 0; look < LOOKS; look++) {
            var fields = Processes.fields(pid);
            boolean isZombie =
                    fields.length > EXIT_FIELD && fields[0].equals("Z") && Processes.startTime(pid) == startTime;
            if (isZombie) {
                return OptionalInt.of(decode(Integer.parseInt(fields[EXIT_FIELD])));
            }
            var info = info();
            if (info.isPresent()) {
                return OptionalInt.of(decode(info.getAsInt()));
            }
            if (!Files.exists(Path.of("/proc", String.valueOf(pid)))) {
                return OptionalInt.empty();
            }
            TimeUnit.NANOSECONDS.sleep(LOOK_NANOS);
        }
        return OptionalInt.empty();
    }

    /** The status as wait(2) gives it, if this kernel tells it. */
    private OptionalInt info() {
        try (var info = Memory.of(INFO_SIZE)) {
            var fields = info.buffer().putLong(0, PIDFD_INFO_EXIT);
            long result = Linux.call(SystemCall.IOCTL, fd, PIDFD_GET_INFO & 0xffff_ffffL, info.address());
            return result == 0 && (fields.getLong(0) & PIDFD_INFO_EXIT) != 0
                    ? OptionalInt.of(fields.getInt(EXIT_CODE))
                    : OptionalInt.empty();
        }
    }

    private static int decode(int status) {
        int signal = status & 0x7f;
        return signal == 0 ? status >> 8 & 0xff : 128 + signal;
    }

    private static long checked(long result, String operation) throws ErrnoException {
        if (result < 0) {
            throw new ErrnoException(operation, (int) -result);
        }
        return result;
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            Descriptors.close(fd);
        }
    }
}
