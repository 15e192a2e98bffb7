package io.netcluster.primary;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.stream.Stream;

/** The process that a worker is, or whose child it is: one that this primary has started, or a dead one before it. */
public sealed interface WorkerProcess permits StartedProcess, AdoptedProcess {
    /** Its number. */
    long pid();

    /** When it was started, as {@link io.netcluster.sys.Processes#startTime} has it; 0 if it had ended by then. */
    long startTime();

    /** Whether it runs. */
    boolean isAlive();

    /** Sends it a signal; one that has ended is no error. */
    void signal(int signal);

    /** Ends it at once, and all that it has started. */
    void kill();

    /** What it has started. */
    Stream<ProcessHandle> descendants();

    /**
     * Waits until it has ended. One thread.
     *
     * @return its exit status, or 128 and the number of the signal that ended it
     * @throws IOException if it cannot be waited for
     */
    int await() throws IOException, InterruptedException;

    /** What it reads, if that comes from this primary; otherwise a stream that takes nothing. */
    OutputStream getOutputStream();

    /** What it prints, if that goes to this primary; otherwise an empty stream. */
    InputStream getInputStream();

    /** Likewise, on standard error. */
    InputStream getErrorStream();
}
