package io.netcluster.primary;

import io.netcluster.sys.Processes;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.stream.Stream;

/** A process that this primary has started. */
final class StartedProcess implements WorkerProcess {
    private final Process process;
    private final long startTime;

    StartedProcess(Process process) {
        this.process = process;
        this.startTime = Processes.startTime(process.pid());
    }

    @Override
    public long pid() {
        return process.pid();
    }

    @Override
    public long startTime() {
        return startTime;
    }

    @Override
    public boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public void signal(int signal) {
        Processes.signal(process.pid(), signal);
    }

    @Override
    public void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    @Override
    public Stream<ProcessHandle> descendants() {
        return process.descendants();
    }

    @Override
    public int await() throws InterruptedException {
        return process.waitFor();
    }

    @Override
    public OutputStream getOutputStream() {
        return process.getOutputStream();
    }

    @Override
    public InputStream getInputStream() {
        return process.getInputStream();
    }

    @Override
    public InputStream getErrorStream() {
        return process.getErrorStream();
    }
}
