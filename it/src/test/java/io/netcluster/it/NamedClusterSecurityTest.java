package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.programs.LineServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A cluster that has a name is its user's alone: nobody else sees, enters, commands or plants anything. */
@SuppressWarnings("NullAway.Init") // set before each test
final class NamedClusterSecurityTest {
    private static final int NOBODY = 65534;

    @TempDir
    private Path directory;

    private Daemons daemons;
    private Path definition;

    @BeforeEach
    void open() throws IOException {
        daemons = new Daemons(directory);
        definition = Files.writeString(directory.resolve("netcluster.toml"), """
                name = "api"
                workers = 1
                command = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", "%s", "%s", "selector", "127.0.0.1", "%d"]
                """.formatted(
                        Running.classPath(), LineServer.class.getName(), FreePort.any()));
    }

    @AfterEach
    void close() {
        daemons.close();
    }

    @Test
    void whateverTheUmaskIsEveryFileIsItsUsersAlone() throws Exception {
        try (var start =
                daemons.start(List.of("sh", "-c", "umask 0; exec \"$@\"", "sh"), "start", definition.toString())) {
            assertThat(start.awaitExit()).as(String.join("\n", start.lines())).isZero();
        }
        daemons.run("reload", "api").succeeded();
        var open = new ArrayList<String>();
        int seen = 0;
        for (var root : List.of(daemons.runtime(), daemons.state())) {
            try (var files = Files.walk(root.resolve("netcluster"))) {
                for (var file : files.toList()) {
                    seen++;
                    int mode = (int) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
                    if ((mode & 0077) != 0) {
                        open.add(Integer.toOctalString(mode) + " " + file);
                    }
                }
            }
        }
        assertThat(seen).isGreaterThan(8);
        assertThat(open).isEmpty();
    }

    /** Another user who can reach the sockets, as someone has opened everything, is not answered. */
    @Test
    void anotherUserIsNotAnswered() throws Exception {
        daemons.run("start", definition.toString()).succeeded();
        var place = daemons.runtime().resolve("netcluster/api");
        try (var up = Files.walk(place)) {
            for (var each : up.toList()) {
                Files.setPosixFilePermissions(each, PosixFilePermissions.fromString("rwxrwxrwx"));
            }
        }
        for (var path = place.getParent(); path.startsWith(directory); path = path.getParent()) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        assertThat(said(place.resolve("admin"), "{\"request\": \"status\"}\\n"))
                .anyMatch(line -> line.contains("\"exit\"") && line.contains("this cluster is "))
                .noneMatch(line -> line.contains("seats"));
        assertThat(said(place.resolve("admin"), "{\"request\": \"stop\", \"now\": true}\\n"))
                .contains("closed");
        assertThat(daemons.workers("api")).hasSize(1);
    }

    private static List<String> said(Path socket, String words) throws Exception {
        var program =
                "$SIG{PIPE} = q(IGNORE); socket(my $s, AF_UNIX, SOCK_STREAM, 0); connect($s, sockaddr_un($ARGV[0])) or die $!;"
                        + " syswrite($s, \"" + words.replace("\"", "\\\"")
                        + "\"); print while <$s>; print qq(closed\\n);";
        try (var stranger = Running.start(
                List.of(
                        "setpriv",
                        "--reuid",
                        String.valueOf(NOBODY),
                        "--clear-groups",
                        "perl",
                        "-MSocket",
                        "-e",
                        program,
                        socket.toString()),
                Map.of())) {
            stranger.awaitExit();
            assertThat(stranger.lines()).as("reached it").contains("closed");
            return stranger.lines();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"run/netcluster", "run/netcluster/api", "state/netcluster", "state/netcluster/api"})
    void whatIsPlantedIsRefused(String where) throws Exception {
        var planted = directory.resolve("home").resolve(where);
        Files.createDirectories(planted.getParent());
        for (var path = planted.getParent();
                !path.endsWith("home") && path.startsWith(directory);
                path = path.getParent()) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
        }

        Files.createDirectory(planted);
        Files.setPosixFilePermissions(planted, PosixFilePermissions.fromString("rwx------"));
        Files.setAttribute(planted, "unix:uid", NOBODY);
        refused(planted + ", which is another user's");

        Files.setAttribute(planted, "unix:uid", 0);
        Files.setPosixFilePermissions(planted, PosixFilePermissions.fromString("rwx-wx---"));
        refused(planted + ", which is open to other users");

        Files.delete(planted);
        Files.createSymbolicLink(planted, Files.createDirectory(directory.resolve("elsewhere")));
        refused(planted + ", which is no directory");
        assertThat(directory.resolve("elsewhere")).isEmptyDirectory();

        Files.delete(planted);
        Files.writeString(planted, "");
        refused(planted + ", which is no directory");
    }

    private void refused(String why) throws Exception {
        assertThat(daemons.run("start", definition.toString()).failed(1).err()).anyMatch(line -> line.contains(why));
    }
}
