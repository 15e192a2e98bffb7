package io.netcluster.primary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netcluster.primary.Settings.User;
import io.netcluster.sys.Descriptors;
import io.netcluster.sys.Sockets;
import io.netcluster.wire.Frames.Received;
import io.netcluster.wire.Message.Attach;
import io.netcluster.wire.Message.Hello;
import io.netcluster.wire.MessageChannel;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The link of workers that run as another user, which takes root. */
final class LinkServerTest implements LinkServer.Receiver {
    private static final User NOBODY = new User(65534, 65533);
    private final BlockingQueue<String> ends = new LinkedBlockingQueue<>();

    @BeforeEach
    void takesRoot() throws IOException {
        assumeTrue(LinkServer.ownUid() == 0, "root");
    }

    @Override
    public boolean greeted(WorkerLink link, Hello hello) {
        return true;
    }

    @Override
    public @Nullable MessageChannel attaching(WorkerLink link, Attach attach) {
        return null;
    }

    @Override
    public void received(WorkerLink link, Received received) {
        throw new AssertionError(received);
    }

    @Override
    public void ended(WorkerLink link, @Nullable String why) {
        ends.add(link.peer().uid() + ": " + why);
    }

    /** Whatever has dialled besides: a primary that starts elsewhere looks whether this one is dead. */
    private void awaitEnd(String end) throws InterruptedException {
        var next = ends.poll(10, TimeUnit.SECONDS);
        while (next != null && !next.equals(end)) {
            next = ends.poll(10, TimeUnit.SECONDS);
        }
        assertThat(next).isEqualTo(end);
    }

    private static String link(LinkServer links) throws IOException {
        return links.environment().getOrDefault("NETCLUSTER_LINK", "");
    }

    private static int asNobody(String... command) throws IOException, InterruptedException {
        var words = new ArrayList<>(
                List.of("setpriv", "--reuid=" + NOBODY.uid(), "--regid=" + NOBODY.gid(), "--clear-groups", "--"));
        words.addAll(List.of(command));
        return new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(Redirect.DISCARD)
                .start()
                .waitFor();
    }

    private static String[] dialing(String link) {
        return new String[] {
            "perl",
            "-MSocket",
            "-e",
            "socket(my $s, AF_UNIX, SOCK_STREAM, 0); connect($s, sockaddr_un($ARGV[0])) or die",
            link
        };
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path)) + " "
                + Files.getAttribute(path, "unix:uid") + ":" + Files.getAttribute(path, "unix:gid");
    }

    @Test
    void thatUserDialsAndRootDoesNot() throws Exception {
        try (var links = LinkServer.open(this, NOBODY)) {
            assertThat(asNobody(dialing(link(links)))).isZero();
            awaitEnd("65534: null");
            assertThat(new ProcessBuilder(dialing(link(links))).start().waitFor())
                    .isZero();
            awaitEnd("0: it runs as user 0, and its worker as user 65534");
        }
        try (var links = LinkServer.open(this, null)) {
            assertThat(asNobody(dialing(link(links)))).isNotZero();
        }
    }

    /** Or root would remove, in the end, what that user has put a link to in its place. */
    @Test
    void thatUserWritesBesideTheLinkAndCannotReplaceTheDirectory() throws Exception {
        var links = LinkServer.open(this, NOBODY);
        var link = Path.of(link(links));
        var directory = link.getParent();
        assertThat(mode(link)).isEqualTo("rw------- 65534:65533");
        assertThat(mode(directory)).isEqualTo("rwx------ 65534:65533");
        assertThat(mode(directory.getParent())).isEqualTo("rwx--x--x 0:0");
        assertThat(asNobody("touch", directory + "/claim-1", directory + "/claim-2"))
                .isZero();
        assertThat(asNobody("mv", directory.toString(), directory + "-moved")).isNotZero();
        assertThat(asNobody("rmdir", directory.getParent().toString())).isNotZero();
        links.forget(1);
        assertThat(directory.resolve("claim-1")).doesNotExist();
        links.close();
        assertThat(directory.getParent()).doesNotExist();
    }

    @Test
    void thatUserReadsTheAgentAndCannotChangeIt() throws Exception {
        try (var links = LinkServer.open(this, NOBODY)) {
            var agent = links.environment().getOrDefault("NETCLUSTER_AGENT", "");
            assertThat(AgentJar.isAgent(Path.of(agent))).isTrue();
            assertThat(asNobody("cat", agent)).isZero();
            assertThat(asNobody("sh", "-c", "echo >> " + agent)).isNotZero();
            assertThat(asNobody("rm", "-f", agent)).isNotZero();
        }
    }

    @Test
    void whatAKilledPrimaryLeftIsRemovedByTheNext() throws Exception {
        var left = Files.createTempDirectory("netcluster-");
        var inner = Files.createDirectory(left.resolve("u"));
        int fd = Sockets.unixStream();
        Sockets.bindUnix(fd, inner.resolve("link").toString().getBytes(StandardCharsets.UTF_8));
        Descriptors.close(fd);
        Files.createFile(inner.resolve("claim-1"));
        Files.createFile(left.resolve("netcluster.jar"));
        LinkServer.open(this, NOBODY).close();
        assertThat(left).doesNotExist();
    }

    @Test
    void nothingIsMadeAfterTheEnd() throws Exception {
        var links = new LinkServers(this);
        var own = links.of(null);
        links.close();
        assertThatThrownBy(() -> links.of(NOBODY)).isInstanceOf(IOException.class);
        assertThatThrownBy(own::environment).isInstanceOf(IOException.class).hasMessageContaining("has ended");
    }

    @Test
    void aDirectoryThatTheUserCannotEnterIsNamed(@TempDir Path closed) throws Exception {
        var within = Files.createDirectory(closed.resolve("within"));
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
        assertThatThrownBy(() -> LinkServer.checkReachable(within, NOBODY))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("user 65534 cannot reach")
                .hasMessageContaining(closed + " is closed to it; set -Djava.io.tmpdir");
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx--x--x"));
        LinkServer.checkReachable(within, NOBODY);
    }
}
