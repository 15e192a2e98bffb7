package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** A process under test, and every line it printed. Closing it ends the process and all its descendants. */
final class Running implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration LAST_WORDS = Duration.ofSeconds(1);
    static final Path HOME = Path.of(System.getProperty("netcluster.home", ".."))
            .toAbsolutePath()
            .normalize();
    static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    /** What runs the command, in the way of the script netcluster; the cache is made by the build, which it serves. */
    static final List<String> COMMAND = List.of(
            JAVA,
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:AOTCache=" + HOME.resolve("it/target/command.aot"),
            "-Xlog:aot*=off,cds*=off",
            "-jar",
            HOME.resolve("cli/target/netcluster-cli.jar").toString());

    private static final Pattern LISTENS =
            Pattern.compile("netcluster: worker (\\d+) \\(pid (\\d+)\\) listens on (.*)");

    private final Process process;
    private final List<String> lines = new ArrayList<>();
    private final List<Thread> collecting = new ArrayList<>();

    private Running(Process process) {
        this.process = process;
        collect(process.getInputStream(), "");
        collect(process.getErrorStream(), "! ");
    }

    /** {@code netcluster run} with these arguments, in which the programs of this module can be named as classes. */
    static Running cluster(String... arguments) throws IOException {
        return cluster(Map.of(), arguments);
    }

    static Running cluster(Map<String, String> environment, String... arguments) throws IOException {
        return cluster(List.of(), environment, arguments);
    }

    /** As above, behind a prefix such as {@code unshare --pid}. */
    static Running cluster(List<String> prefix, Map<String, String> environment, String... arguments)
            throws IOException {
        var command = new ArrayList<>(prefix);
        command.addAll(COMMAND);
        command.add("run");
        command.addAll(List.of(arguments));
        return start(command, environment);
    }

    /** Any process. */
    static Running start(List<String> command, Map<String, String> environment) throws IOException {
        var builder = new ProcessBuilder(command);
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        builder.environment().putAll(environment);
        return new Running(builder.start());
    }

    /** The words that make a worker run a program of this module: options, the class, its arguments. */
    static String[] program(Class<?> main, Object... arguments) {
        return program(List.of("-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"), main, arguments);
    }

    static String[] program(List<String> options, Class<?> main, Object... arguments) {
        var all = new ArrayList<>(options);
        all.addAll(List.of("-cp", classPath()));
        return words(all, main, arguments);
    }

    /** As above, with options that name the class path too. */
    static String[] words(List<String> options, Class<?> main, Object... arguments) {
        var words = new ArrayList<String>(List.of("--"));
        words.addAll(options);
        words.add(main.getName());
        Arrays.stream(arguments).map(String::valueOf).forEach(words::add);
        return words.toArray(String[]::new);
    }

    static String classPath() {
        return System.getProperty("java.class.path");
    }

    static String[] join(String[] first, String... second) {
        var all = new ArrayList<>(List.of(first));
        all.addAll(List.of(second));
        return all.toArray(String[]::new);
    }

    private void collect(InputStream stream, String mark) {
        var thread = new Thread(() -> {
            try (var reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                for (var line = reader.readLine(); line != null; line = reader.readLine()) {
                    synchronized (lines) {
                        lines.add(mark + line);
                    }
                }
            } catch (IOException e) {
                // the process has ended
            }
        });
        thread.setDaemon(true);
        thread.start();
        collecting.add(thread);
    }

    long pid() {
        return process.pid();
    }

    Process process() {
        return process;
    }

    /** What it printed: lines of standard error begin with {@code "! "}. */
    List<String> lines() {
        synchronized (lines) {
            return List.copyOf(lines);
        }
    }

    List<String> lines(String regex) {
        return lines().stream().filter(Pattern.compile(regex).asPredicate()).toList();
    }

    /** Waits until a line matches, and returns the match. */
    Matcher await(String regex) {
        return await(regex, 1).getFirst();
    }

    /** Waits until a line matches, and returns all matches. */
    List<Matcher> awaitAll(String regex) {
        return await(regex, 1);
    }

    /** Waits until so many lines match, and returns all matches. */
    List<Matcher> await(String regex, int count) {
        var pattern = Pattern.compile(regex);
        try {
            Awaitility.await(regex + " x " + count)
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> matches(pattern).size() >= count || (!process.isAlive() && giveUp(pattern, count)));
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(e.getMessage() + "; printed so far:\n" + String.join("\n", lines()), e);
        }
        return matches(pattern);
    }

    private boolean giveUp(Pattern pattern, int count) {
        assertThat(matches(pattern).size() >= count)
                .as("the process ended with " + process.exitValue() + " and printed:\n" + String.join("\n", lines()))
                .isTrue();
        return true;
    }

    private List<Matcher> matches(Pattern pattern) {
        return lines().stream().map(pattern::matcher).filter(Matcher::find).toList();
    }

    /** A line that says where a worker listens. */
    record Listening(int slot, long pid, String where) {
        int port() {
            var matcher = Pattern.compile(":(\\d+) \\(").matcher(where);
            assertThat(matcher.find()).as(where).isTrue();
            return Integer.parseInt(matcher.group(1));
        }
    }

    /** Waits until the primary has said so many times that a worker listens. */
    List<Listening> awaitListening(int count) {
        return await(LISTENS.pattern(), count).stream()
                .map(match ->
                        new Listening(Integer.parseInt(match.group(1)), Long.parseLong(match.group(2)), match.group(3)))
                .toList();
    }

    /** The pid of the JVM that is the slot's latest worker, as the primary has told. */
    long workerPid(int slot) {
        return Long.parseLong(awaitAll("netcluster: worker " + slot + " \\(pid (\\d+)\\) listens on ")
                .getLast()
                .group(1));
    }

    /** Waits for its end and returns its exit status. */
    int awaitExit() throws InterruptedException {
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .as("ended; printed:\n" + String.join("\n", lines()))
                .isTrue();
        for (var thread : collecting) {
            thread.join(LAST_WORDS); // descendants may have its streams still
        }
        return process.exitValue();
    }

    /** Ends it as Ctrl-C or docker stop would, and returns its exit status. */
    int stop() throws InterruptedException {
        process.destroy();
        return awaitExit();
    }

    void signal(String name) throws IOException, InterruptedException {
        signal(name, pid());
    }

    static void signal(String name, long pid) throws IOException, InterruptedException {
        assertThat(pid).as("a process, and no group of them").isPositive();
        assertThat(new ProcessBuilder("kill", "-" + name, String.valueOf(pid))
                        .start()
                        .waitFor())
                .isZero();
    }

    /** How many descriptors a process has open. */
    static long descriptors(long pid) throws IOException {
        try (var numbers = Files.list(Path.of("/proc", String.valueOf(pid), "fd"))) {
            return numbers.count();
        }
    }

    static void await(String what, Predicate<Void> condition) {
        Awaitility.await(what)
                .dontCatchUncaughtExceptions() // which some tests are about
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> condition.test(null));
    }

    @Override
    public void close() {
        var all = new ArrayList<>(process.descendants().toList());
        process.destroyForcibly();
        all.addAll(process.descendants().toList());
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(handle -> handle.onExit().join());
        process.onExit().join();
    }
}
