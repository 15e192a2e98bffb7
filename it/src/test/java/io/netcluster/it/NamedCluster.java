package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.programs.NamedPrimary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A cluster that has a name, one primary after the other. */
final class NamedCluster implements AutoCloseable {
    private static final String NAME = "it";

    private final Path directory;
    private final int workers;
    private final String port0;
    private final List<String> program;
    private final List<Running> primaries = new ArrayList<>();
    private final List<String> prefix = new ArrayList<>();
    private final List<String> options = new ArrayList<>();

    /** One that does not run yet, in a directory that is this test's. */
    NamedCluster(Path directory, int workers, String port0, String... program) throws IOException {
        this.directory = directory;
        this.workers = workers;
        this.port0 = port0;
        this.program =
                List.of(program).subList(1, program.length); // the first separates it from netcluster's arguments
        Files.createDirectories(directory.resolve("run"));
    }

    /** The primaries are told more: a property of {@link NamedPrimary}'s. */
    NamedCluster with(String property, Object value) {
        options.add("-D" + property + "=" + value);
        return this;
    }

    /** The primaries are started by this command. */
    NamedCluster by(String... words) {
        prefix.addAll(List.of(words));
        return this;
    }

    /** Starts a primary. */
    Running start() throws IOException {
        var command = new ArrayList<>(prefix);
        command.addAll(List.of(
                Running.JAVA, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(options);
        command.addAll(List.of(
                "-cp",
                Running.classPath(),
                NamedPrimary.class.getName(),
                NAME,
                String.valueOf(workers),
                directory.resolve("output").toString(),
                port0));
        command.addAll(program);
        var environment = Map.of(
                "XDG_RUNTIME_DIR",
                directory.resolve("run").toString(),
                "XDG_STATE_HOME",
                directory.resolve("state").toString());
        var primary = Running.start(command, environment);
        primaries.add(primary);
        return primary;
    }

    /** Starts a primary, and waits until it has adopted so many workers; returns how many milliseconds that took it. */
    int adopt(int adopted) throws IOException {
        var told = start().await("adopted " + adopted + " workers? of the primary before, in (\\d+) ms");
        return Integer.parseInt(told.group(1));
    }

    /** Says something to the latest primary, see {@link NamedPrimary}. */
    void say(String line) throws IOException {
        var in = primary().process().getOutputStream();
        in.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        in.flush();
    }

    int workers() {
        return workers;
    }

    /** The latest primary. */
    Running primary() {
        return primaries.getLast();
    }

    /** Ends the latest primary as the kernel does when memory is short. */
    void kill() throws Exception {
        primary().signal("KILL");
        primary().awaitExit();
    }

    /** Asks the latest primary for a reload. */
    void reload() throws IOException {
        say("reload");
    }

    Path home() {
        return directory.resolve("run/netcluster/" + NAME);
    }

    /** The processes of the slots' workers, as the latest primary has written them down, which are those that leave last. */
    Map<Integer, Long> pids() throws IOException {
        var pids = new TreeMap<Integer, Long>();
        for (var words : workersInState()) {
            pids.putIfAbsent(Integer.parseInt(words[2]), Long.parseLong(words[6]));
        }
        return pids;
    }

    private List<String[]> workersInState() throws IOException {
        return Files.readAllLines(home().resolve("state")).stream()
                .map(line -> line.split(" "))
                .filter(words -> words[0].equals("worker") && !words[6].equals("0"))
                .toList();
    }

    /** What the workers have printed. */
    String output() throws IOException {
        return Files.readString(directory.resolve("output"));
    }

    /** Stops it, and makes sure that nothing is left. */
    void stop() throws Exception {
        var pids = pids();
        assertThat(primary().stop()).isZero();
        assertThat(pids.values())
                .noneMatch(pid ->
                        ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent() && !isZombie(pid));
        try (var left = Files.list(home())) {
            assertThat(left.map(file -> file.getFileName().toString())).containsExactly("lock");
        }
    }

    static boolean isZombie(long pid) {
        try {
            return Files.readString(Path.of("/proc", String.valueOf(pid), "stat"))
                    .contains(") Z ");
        } catch (IOException e) {
            return true; // gone
        }
    }

    @Override
    public void close() throws IOException {
        primaries.forEach(Running::close);
        if (Files.isRegularFile(home().resolve("state"))) {
            for (var words : workersInState()) {
                ProcessHandle.of(Long.parseLong(words[6])).ifPresent(ProcessHandle::destroyForcibly);
            }
        }
    }
}
