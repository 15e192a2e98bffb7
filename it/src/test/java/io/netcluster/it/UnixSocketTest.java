package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Unix-domain listener is shared as a port is, and its file lives and goes with the cluster. */
final class UnixSocketTest {
    @TempDir
    private Path directory = Path.of("/tmp");

    @Test
    void twoWorkersServeOneSocketFileWhichGoesWithTheCluster() throws Exception {
        var path = directory.resolve("server");
        try (var puppets = Puppets.start(2)) {
            puppets.done(1, "unix a " + path);
            assertThat(puppets.done(2, "unix a " + path)).isEqualTo(path.toString());

            assertThat(slotsThatAnswer(path)).containsExactly(1, 2);
            assertThat(puppets.tell(2, "unix b " + path))
                    .isEqualTo("failed java.net.BindException: Address already in use");

            assertThat(puppets.running().stop()).isZero();
            assertThat(directory).isEmptyDirectory();
        }
    }

    @Test
    void aStaleFileOfADeadClusterIsReplaced() throws Exception {
        var path = directory.resolve("server");
        try (var puppets = Puppets.start(1)) {
            puppets.done(1, "unix a " + path);
            puppets.running().signal("KILL");
            puppets.running().process().onExit().join();
            Running.await("its worker ends", _ -> !connects(path));
        }
        assertThat(path).exists();
        try (var puppets = Puppets.start(1)) {
            puppets.done(1, "unix a " + path);
            assertThat(slotsThatAnswer(path)).containsExactly(1);
        }
    }

    @Test
    void aLiveSocketIsInUseAndStaysIntact() throws Exception {
        var path = directory.resolve("server");
        try (var stranger = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                var puppets = Puppets.start(1)) {
            stranger.bind(UnixDomainSocketAddress.of(path));
            assertThat(puppets.tell(1, "unix a " + path))
                    .isEqualTo("failed java.net.BindException: Address already in use");
            assertThat(connects(path)).isTrue();
        }
    }

    @Test
    void aFileThatIsNoSocketIsLeftAlone() throws Exception {
        var path = Files.writeString(directory.resolve("server"), "precious");
        try (var puppets = Puppets.start(1)) {
            assertThat(puppets.tell(1, "unix a " + path))
                    .isEqualTo("failed java.net.BindException: Address already in use");
            assertThat(path).hasContent("precious");
        }
    }

    @Test
    void aMissingDirectoryIsTheJdksOwnError() throws Exception {
        try (var puppets = Puppets.start(1)) {
            assertThat(puppets.tell(1, "unix a " + directory.resolve("no/server")))
                    .isEqualTo("failed java.net.SocketException: No such file or directory");
        }
    }

    @Test
    void aProgramThatRemovesTheFileBeforeItBindsDoesNotCutOffTheOthers() throws Exception {
        var path = directory.resolve("server");
        try (var puppets = Puppets.start(2)) {
            puppets.done(1, "unix a " + path);
            puppets.done(2, "delete " + path);
            puppets.done(2, "unix a " + path);
            assertThat(slotsThatAnswer(path)).containsExactly(1, 2);

            puppets.done(1, "delete " + path); // as some servers do when they close
            puppets.done(1, "close a");
            Running.await("the file is put back", _ -> connects(path));
            assertThat(slotsThatAnswer(path)).containsExactly(2);
        }
    }

    @Test
    void theFileGoesWithTheLastWorkerThatCloses() throws Exception {
        var path = directory.resolve("server");
        try (var puppets = Puppets.start(2)) {
            puppets.done(1, "unix a " + path);
            puppets.done(2, "unix a " + path);
            puppets.done(1, "close a");
            assertThat(path).exists();
            puppets.done(2, "close a");
            assertThat(path).doesNotExist();
            puppets.done(2, "unix a " + path);
            assertThat(slotsThatAnswer(path)).containsExactly(2);
        }
    }

    private static boolean connects(Path path) {
        try (var _ = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Connects many times at once, checks that every one is answered, and returns by whom. */
    private static Set<Integer> slotsThatAnswer(Path path) throws Exception {
        var slots = new TreeSet<Integer>();
        for (int round = 0; round < 20; round++) {
            var channels = new SocketChannel[10];
            for (int i = 0; i < channels.length; i++) {
                channels[i] = SocketChannel.open(UnixDomainSocketAddress.of(path));
            }
            for (int i = 0; i < channels.length; i++) {
                try (var channel = channels[i]) {
                    var line = ask(channel, "line" + i);
                    assertThat(line).endsWith(" line" + i);
                    slots.add(Integer.parseInt(line.split(" ")[0]));
                }
            }
        }
        return slots;
    }

    /** Sends a line and returns the answer. */
    static String ask(SocketChannel channel, String line) throws IOException {
        channel.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.US_ASCII)));
        return String.valueOf(
                new BufferedReader(new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.US_ASCII))
                        .readLine());
    }
}
