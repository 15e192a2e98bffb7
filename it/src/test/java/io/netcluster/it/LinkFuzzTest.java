package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.programs.Puppet;
import io.netcluster.it.programs.Rogue;
import io.netcluster.sys.Descriptors;
import io.netcluster.sys.PacketWriter;
import io.netcluster.sys.Packets;
import io.netcluster.sys.Sockets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Nonsense on the link of a primary at work: it neither ends nor hangs nor loses a descriptor, and its workers serve on.
 *
 * <p>Jazzer fuzzes the codec alone, in the tests of io.netcluster.wire.
 */
final class LinkFuzzTest {
    private static final int CONVERSATIONS = 1_000;
    private final SplittableRandom random = new SplittableRandom(42);

    @Test
    void strangersWithDescriptors() throws Exception {
        try (var puppets = Puppets.start(1)) {
            int port = FreePort.any();
            puppets.done(1, "open a socket 127.0.0.1 " + port);
            var link = puppets.done(1, "environment NETCLUSTER_LINK").getBytes(StandardCharsets.UTF_8);
            var primary = puppets.running();
            speak(link); // so that what is made once is there
            long before = sockets(primary);
            for (int i = 0; i < CONVERSATIONS; i++) {
                speak(link);
            }
            Running.await("no descriptor is left", _ -> sockets(primary) <= before);
            assertThat(new Ledger(port).connect(20, 4).lost()).isEmpty();
            assertThat(primary.stop()).isZero();
        }
    }

    /** Connects, says something with some descriptors, and waits for the primary to close, or does not. */
    private void speak(byte[] link) throws IOException {
        int fd = Sockets.unixStream();
        try {
            Sockets.connectUnix(fd, link);
            var bytes = ByteBuffer.allocateDirect(14 + random.nextInt(200));
            bytes.put(noise(bytes.capacity()));
            if (random
                    .nextBoolean()) { // a header that is one: a length that may be right, a kind, a descriptor or none
                bytes.putInt(0, random.nextInt(3) == 0 ? random.nextInt() : bytes.capacity() - 8 - random.nextInt(2))
                        .put(4, (byte) random.nextInt(12))
                        .put(5, (byte) random.nextInt(3))
                        .putShort(6, (short) 0);
            }
            if (random.nextBoolean()) { // words that begin as a worker's do
                bytes.put(4, (byte) 1).putInt(8, 0x6e657463).putShort(12, (short) random.nextInt(5));
            }
            bytes.flip().limit(bytes.capacity());
            var writer = new PacketWriter(fd);
            int first = 1 + random.nextInt(bytes.capacity());
            bytes.limit(first);
            writer.write(bytes, descriptors(fd));
            bytes.limit(bytes.capacity());
            if (bytes.hasRemaining()) {
                writer.write(bytes, descriptors(fd));
            }
            if (random.nextInt(4) != 0) {
                Sockets.shutdown(fd);
                var _ = Packets.receive(fd, new byte[1]);
            }
        } catch (IOException e) {
            // the primary has closed: EPIPE, ECONNRESET
        } finally {
            Descriptors.close(fd);
        }
    }

    private byte[] noise(int length) {
        var bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private int[] descriptors(int fd) {
        return random.ints(random.nextInt(12), fd, fd + 1).toArray();
    }

    private static long sockets(Running primary) {
        try {
            return Running.descriptors(primary.pid());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aWorkerThatIsKnown() throws Exception {
        var java = Running.JAVA + " -XX:TieredStopAtLevel=1 -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED";
        var script = "if [ $NETCLUSTER_SLOT = 1 ]; then exec " + java + " -cp \"$CP\" " + Puppet.class.getName()
                + "; else unset JDK_JAVA_OPTIONS JAVA_TOOL_OPTIONS; exec " + java + " -cp \"$CP\" "
                + Rogue.class.getName()
                + " 3000; fi";
        try (var primary = Running.cluster(
                Map.of("CP", Running.classPath()), "-n", "2", "--restart", "always", "--", "/bin/sh", "-c", script)) {
            int control =
                    Integer.parseInt(primary.await("^\\[1] control (\\d+)").group(1));
            int port = FreePort.any();
            assertThat(Puppets.tellAt(control, "open a socket 127.0.0.1 " + port))
                    .doesNotStartWith("failed");
            primary.await("^\\[2] said all, true", 1);
            long before = sockets(primary);
            primary.await("^\\[2] said all, true", 3);
            Running.await("what dead workers had is closed", _ -> sockets(primary) <= before + 4);
            assertThat(new Ledger(port).connect(20, 4).lost()).isEmpty();
            assertThat(primary.stop())
                    .as("the rogue's own status, or none if it was running")
                    .isBetween(0, 1);
        }
    }
}
