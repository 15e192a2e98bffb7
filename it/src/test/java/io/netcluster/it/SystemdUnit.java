package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A cluster that is run as the unit of {@code netcluster systemd} says, one primary after the other. */
final class SystemdUnit implements AutoCloseable {
    static final String NAME = "unit";

    private final Path directory;
    private final ServiceManager manager;
    private final List<String> arguments;
    private final List<Running> primaries = new ArrayList<>();

    /**
     * One that does not run yet.
     *
     * @param directory is the test's own
     * @param arguments of {@code netcluster run}, beside those of the unit
     */
    SystemdUnit(Path directory, String... arguments) throws IOException {
        this.directory = directory;
        this.manager = new ServiceManager(directory.resolve("notify").toString());
        this.arguments = List.of(arguments);
        Files.createDirectories(directory.resolve("run"));
    }

    /** One with so many workers of a program of this module. */
    static SystemdUnit of(Path directory, int workers, Class<?> main, Object... arguments) throws IOException {
        return new SystemdUnit(
                directory,
                Running.join(new String[] {"-n", String.valueOf(workers)}, Running.program(main, arguments)));
    }

    ServiceManager manager() {
        return manager;
    }

    /** Starts a primary, with what systemd has stored for it. */
    Running start() throws IOException {
        var command = new ArrayList<>(
                ServiceManager.opening(manager.passing(directory).toArray(String[]::new)));
        command.addAll(Daemons.command("run", "--name", NAME, "--orphan", "keep"));
        command.addAll(arguments);
        var primary = Running.start(command, environment());
        primaries.add(primary);
        return primary;
    }

    /** Of whoever wants to ask the cluster something, too. */
    Map<String, String> environment() {
        var environment = new HashMap<>(manager.environment());
        environment.put("XDG_RUNTIME_DIR", directory.resolve("run").toString());
        environment.put("XDG_STATE_HOME", directory.resolve("state").toString());
        return environment;
    }

    boolean isRunning() {
        return !primaries.isEmpty() && primary().process().isAlive();
    }

    Running primary() {
        return primaries.getLast();
    }

    /** Ends the latest primary, as the kernel does when memory is short. */
    void kill() throws Exception {
        primary().signal("KILL");
        primary().awaitExit();
    }

    /** Ends a worker in the same way, which a primary need not hear. */
    static void kill(long worker) throws Exception {
        Running.signal("KILL", worker);
        Running.await("its end", _ -> NamedCluster.isZombie(worker));
    }

    /** The slots' workers, as the latest primary has written them down. */
    Map<Integer, Long> pids() throws IOException {
        var pids = new TreeMap<Integer, Long>();
        for (var line : Files.readAllLines(directory.resolve("run/netcluster/" + NAME + "/state"))) {
            var words = line.split(" ");
            if (words[0].equals("worker") && !words[6].equals("0")) {
                pids.putIfAbsent(Integer.parseInt(words[2]), Long.parseLong(words[6]));
            }
        }
        return pids;
    }

    /** Stops it, as systemctl does; nothing is stored for it any more. */
    void stop() throws Exception {
        assertThat(primary().stop()).as(String.join("\n", primary().lines())).isZero();
        Running.await("an empty store", _ -> manager.stored().isEmpty());
    }

    @Override
    public void close() throws IOException {
        primaries.forEach(Running::close);
        if (Files.exists(directory.resolve("run/netcluster/" + NAME + "/state"))) {
            pids().values().forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
        }
        manager.close();
    }
}
