package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Systemd itself, as {@code systemd --user}, and its journal: in a mount namespace, where the machine's own is not seen, and
 * in a control group, all of whose processes end with it.
 */
final class UserManager implements AutoCloseable {
    /** Arguments: the directory, and the group's name. Ends when its standard input does. */
    private static final String MANAGE = """
            mount --make-rprivate /
            mount -t tmpfs tmpfs /run
            mount -t cgroup2 none /sys/fs/cgroup
            group=/sys/fs/cgroup/$2
            mkdir "$group"
            echo mounted
            mkdir -p /run/systemd/system /run/systemd/journald.conf.d /run/log/journal
            printf '[Journal]\\nStorage=volatile\\nReadKMsg=no\\nAudit=no\\nForwardToWall=no\\n' \\
                > /run/systemd/journald.conf.d/test.conf
            mount --bind "$1/journal" /run/log/journal
            (echo 0 > "$group/cgroup.procs"; exec /lib/systemd/systemd-journald) &
            (echo 0 > "$group/cgroup.procs"; exec /lib/systemd/systemd --user --unit=basic.target) &
            read -r _ || true
            while grep -q 'populated 1' "$group/cgroup.events"; do
                find "$group" -name cgroup.procs -exec cat {} + | xargs -r kill -9 || true
            done
            find "$group" -depth -type d -exec rmdir {} \\;
            """;

    private final Path directory;
    private final Map<String, String> environment;
    private final Running running;

    /** One that has started; its clusters are in the same home as these. Aborts a test where that may not be mounted. */
    UserManager(Path directory, Daemons daemons) throws IOException {
        this.directory = directory;
        environment = new HashMap<>(daemons.environment());
        environment.put("XDG_CONFIG_HOME", directory.resolve("config").toString());
        Files.createDirectories(units());
        Files.createDirectories(directory.resolve("journal"));
        running = Running.start(
                List.of(
                        "unshare",
                        "--mount",
                        "bash",
                        "-ec",
                        MANAGE,
                        "bash",
                        directory.toString(),
                        "netcluster-test-" + ProcessHandle.current().pid() + "-" + System.nanoTime()),
                environment);
        Running.await(
                "mounts",
                _ -> running.lines().contains("mounted") || !running.process().isAlive());
        assumeTrue(running.lines().contains("mounted"), () -> "nothing may be mounted: " + running.lines());
        Running.await("systemd", _ -> systemctl("is-active", "basic.target").status() == 0);
    }

    /** Where its units are. */
    Path units() {
        return directory.resolve("config/systemd/user");
    }

    /** What a command did, and printed on both of its streams. */
    record Ended(int status, String output) {
        Ended succeeded() {
            assertThat(status).as(output).isZero();
            return this;
        }
    }

    Ended systemctl(String... arguments) {
        var command = new ArrayList<>(List.of("systemctl", "--user"));
        command.addAll(List.of(arguments));
        return run(command);
    }

    /** A property of a unit. */
    String shown(String unit, String property) {
        return systemctl("show", unit, "--property=" + property, "--value")
                .succeeded()
                .output
                .strip();
    }

    /** What is in the journal, each line after its identifier and the process that has written it. */
    List<String> journal(String... arguments) {
        var command = new ArrayList<>(List.of("journalctl", "-D", directory.resolve("journal") + "/", "--no-hostname"));
        command.addAll(List.of(arguments));
        return run(command).output.lines().toList();
    }

    /** Runs a command to its end. */
    Ended run(List<String> command) {
        try (var ran = Running.start(command, environment)) {
            int status = ran.awaitExit();
            return new Ended(status, String.join("\n", ran.lines()));
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        try (running) {
            running.process().getOutputStream().close();
            assertThat(running.awaitExit())
                    .as(String.join("\n", running.lines()))
                    .isZero();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
