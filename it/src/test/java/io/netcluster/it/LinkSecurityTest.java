package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Who is no worker gets nothing from the link, and who misbehaves loses the link and harms nobody else.
 *
 * <p>The frames are made by hand here, as docs/protocol.md describes them.
 */
@SuppressWarnings("NullAway.Init") // set before each test
final class LinkSecurityTest {
    private static final int MAGIC = 0x6e657463;
    private static final int VERSION = 4;
    private Puppets puppets;
    private Path link;
    private int port;

    @BeforeEach
    void start() throws Exception {
        puppets = Puppets.start(1);
        link = Path.of(puppets.done(1, "environment NETCLUSTER_LINK"));
        port = FreePort.any();
        puppets.done(1, "open a socket 127.0.0.1 " + port);
    }

    @AfterEach
    void othersAreNotHarmed() throws Exception {
        try (var started = puppets) {
            assertThat(started.running().process().isAlive()).isTrue();
            assertThat(new Ledger(port).connect(20, 4).lost()).isEmpty();
            assertThat(puppets.done(1, "cycle 10 127.0.0.1 " + FreePort.any())).isEqualTo("10");
            assertThat(puppets.running().stop()).isZero();
            assertThat(link.getParent()).doesNotExist();
        }
    }

    @Test
    void theLinkIsItsOwnersAlone() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(link)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(link.getParent())))
                .isEqualTo("rwx------");
    }

    /** Even with the directory opened to all, the peer's uid is looked at. */
    @Test
    void anotherUserIsNotSpokenTo() throws Exception {
        Files.setPosixFilePermissions(link.getParent(), PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(link, PosixFilePermissions.fromString("rw-rw-rw-"));
        var program = "socket(my $s, AF_UNIX, SOCK_STREAM, 0); connect($s, sockaddr_un($ARGV[0])) or die $!;"
                + " print sysread($s, my $b, 1) ? 'open' : 'closed'";
        try (var stranger = Running.start(
                List.of(
                        "setpriv",
                        "--reuid",
                        "65534",
                        "--clear-groups",
                        "perl",
                        "-MSocket",
                        "-e",
                        program,
                        link.toString()),
                Map.of())) {
            stranger.awaitExit();
            assertThat(stranger.lines()).containsExactly("closed");
        }
    }

    @Test
    void aTokenIsGoodForItsOwnWorkersProcessAlone() throws Exception {
        var token = puppets.done(1, "environment NETCLUSTER_TOKEN");
        long worker = Long.parseLong(puppets.done(1, "environment NETCLUSTER_ID"));
        assertRefused(hello(VERSION, worker, token), "is no worker of this cluster");
    }

    @Test
    void aWrongTokenIsRefused() throws Exception {
        assertRefused(hello(VERSION, 1, "wrong"), "is no worker of this cluster");
    }

    @Test
    void anotherVersionIsRefusedWithAMessage() throws Exception {
        assertRefused(
                hello(99, 1, "x"), "the worker speaks version 99 of the protocol, the primary version " + VERSION);
    }

    @Test
    void aStrangersProtocolIsRefused() throws Exception {
        assertRefused(frame(1, ByteBuffer.allocate(24).putInt(0x47455420).array()), "does not speak netcluster's");
    }

    @Test
    void aFrameThatIsTooLongIsRefused() throws Exception {
        assertRefused(ByteBuffer.allocate(8).putInt(1_000_000).array(), "a frame of 1000000 bytes; at most");
        assertRefused(ByteBuffer.allocate(8).putInt(-1).array(), "a frame of 4294967295 bytes; at most");
    }

    @Test
    void anUnknownKindIsRefused() throws Exception {
        assertRefused(frame(55, new byte[0]), "a message of unknown kind 55");
    }

    @Test
    void aDescriptorThatIsAnnouncedAndDoesNotComeIsRefused() throws Exception {
        var frame = ByteBuffer.allocate(8 + 8 + 1)
                .putInt(8)
                .put((byte) 4)
                .put((byte) 1)
                .putShort((short) 0)
                .array();
        assertRefused(frame, "0 descriptors came where one was due");
    }

    @Test
    void whoSaysNothingIsForgotten() throws Exception {
        try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(link))) {
            channel.write(ByteBuffer.wrap(new byte[] {0, 0}));
            assertThat(channel.read(ByteBuffer.allocate(1)))
                    .as("closed by the primary")
                    .isEqualTo(-1);
        }
    }

    private static byte[] hello(int version, long worker, String token) {
        var bytes = token.getBytes(StandardCharsets.US_ASCII);
        return frame(
                1,
                ByteBuffer.allocate(4 + 2 + 8 + 8 + 2 + bytes.length)
                        .putInt(MAGIC)
                        .putShort((short) version)
                        .putLong(worker)
                        .putLong(ProcessHandle.current().pid())
                        .putShort((short) bytes.length)
                        .put(bytes)
                        .array());
    }

    private static byte[] frame(int kind, byte[] body) {
        return ByteBuffer.allocate(8 + body.length)
                .putInt(body.length)
                .put((byte) kind)
                .put((byte) 0)
                .putShort((short) 0)
                .put(body)
                .array();
    }

    private void assertRefused(byte[] bytes, String message) throws IOException {
        try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(link))) {
            channel.write(ByteBuffer.wrap(bytes));
            assertThat(channel.read(ByteBuffer.allocate(1)))
                    .as("closed by the primary")
                    .isEqualTo(-1);
        }
        puppets.running()
                .await("! netcluster: closed the link of process "
                        + ProcessHandle.current().pid() + ": .*" + message);
    }
}
