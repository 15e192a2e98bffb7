package io.netcluster.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A process that was started, and the lines it prints. Closing it ends it and all that it has started. */
final class Launched implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 30;

    private final List<String> command;
    private final Process process;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    private Launched(List<String> command, Process process) {
        this.command = command;
        this.process = process;
        var thread = new Thread(this::collect, "bench-lines-" + process.pid());
        thread.setDaemon(true);
        thread.start();
    }

    /** Starts a process, in an environment without options for JVMs. */
    static Launched start(List<String> command) throws IOException {
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
        return new Launched(command, builder.start());
    }

    private void collect() {
        try (var reader = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (var line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            return; // the process has ended
        }
    }

    /** Waits for the next line that matches; those before it are dropped. */
    Matcher await(Pattern pattern) throws InterruptedException {
        var dropped = new ArrayList<String>();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (true) {
            var line = lines.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (line == null) {
                throw new IllegalStateException("no line with " + pattern + " from " + String.join(" ", command)
                        + ", but:\n" + String.join("\n", dropped));
            }
            dropped.add(line);
            var matcher = pattern.matcher(line);
            if (matcher.find()) {
                return matcher;
            }
        }
    }

    /** Waits for the end of its output and returns what there is of it. */
    String output() throws InterruptedException {
        process.waitFor();
        var all = new StringBuilder();
        for (var line = lines.poll(1, TimeUnit.SECONDS); line != null; line = lines.poll(50, TimeUnit.MILLISECONDS)) {
            all.append(line).append('\n');
        }
        return all.toString();
    }

    /** Asks it to end and waits until it has. */
    void stop() throws InterruptedException {
        process.toHandle().destroy(); // Process.destroy would close the pipe that it may still want to print to
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException(String.join(" ", command) + " does not stop");
        }
    }

    @Override
    public void close() {
        var descendants = process.descendants().toList();
        process.destroyForcibly();
        descendants.forEach(ProcessHandle::destroyForcibly);
        process.onExit().join();
    }
}
