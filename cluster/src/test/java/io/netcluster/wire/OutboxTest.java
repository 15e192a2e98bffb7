package io.netcluster.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netcluster.sys.Descriptors;
import io.netcluster.sys.OpenDescriptors;
import io.netcluster.sys.PacketReader;
import io.netcluster.sys.PacketWriter;
import io.netcluster.sys.Sockets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What has ended leaves its descriptor's number alone, which may be another socket's by then. */
final class OutboxTest {
    private static final String THREAD = "outbox-test-write";
    private static final int MORE_THAN_A_SOCKET_TAKES = 4 << 20;
    private static final int TRIES = 100;

    private final Outbox outbox = new Outbox(THREAD);
    private int before;
    private Sockets.Pair pair;

    @BeforeEach
    void connect() throws Exception {
        before = OpenDescriptors.count();
        pair = Sockets.pair();
    }

    @AfterEach
    void nothingLeaks() {
        Descriptors.close(pair.one());
        Descriptors.close(pair.other());
        assertThat(OpenDescriptors.count()).isEqualTo(before);
    }

    private static Outbox.Frame frame(int length, boolean patient) {
        return new Outbox.Frame(
                ByteBuffer.allocate(16).putInt(0, length),
                new Parcel((byte) 0, new byte[length]),
                PacketWriter.NONE,
                patient);
    }

    /** Ends it as the channel does, with something left that it would have liked to write. */
    private void endWithSomethingLeft() throws IOException {
        outbox.open(pair.one());
        outbox.putNow(frame(MORE_THAN_A_SOCKET_TAKES, false), Integer.MAX_VALUE);
        Sockets.shutdown(pair.one());
        outbox.close();
        assertThat(outbox.hasFrames()).isTrue();
    }

    private void doAllThatMightWrite() throws InterruptedException {
        outbox.flush();
        outbox.flush(1);
        outbox.heard();
        assertThatThrownBy(() -> outbox.put(frame(1, false))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> outbox.putNow(frame(1, false), Integer.MAX_VALUE))
                .isInstanceOf(IOException.class);
        outbox.close();
    }

    /** Bytes that have come; 0 if none have; -1 if there will be none. */
    private static int read(int fd) throws IOException {
        return new PacketReader(fd).readNow(ByteBuffer.allocateDirect(1 << 10), Descriptors::close);
    }

    @Test
    void aConnectionThatHasItsNumberNowGetsNothing() throws Exception {
        endWithSomethingLeft();
        var next = Sockets.pair();
        Descriptors.replace(next.one(), pair.one());
        Descriptors.close(next.one());
        try {
            doAllThatMightWrite();
            assertThat(read(next.other())).isZero();
        } finally {
            Descriptors.close(next.other());
        }
    }

    /** To write to it fails, and after a write that failed a connection is shut down. */
    @Test
    void aListenerThatHasItsNumberNowListensOn(@TempDir Path directory) throws Exception {
        endWithSomethingLeft();
        var path = directory.resolve("listener").toString().getBytes(StandardCharsets.UTF_8);
        int listener = Sockets.unixStream();
        int client = Sockets.unixStream();
        try {
            Sockets.bindUnix(listener, path);
            Sockets.listen(listener);
            Descriptors.replace(listener, pair.one());
            doAllThatMightWrite();
            Sockets.connectUnix(client, path);
            Descriptors.close(Sockets.accept(pair.one()));
        } finally {
            Descriptors.close(client);
            Descriptors.close(listener);
        }
    }

    @Test
    void whatStillWaitsForOthersToGoWithIsNotWrittenAnyMore() throws Exception {
        boolean left = false;
        for (int i = 0; i < TRIES && !left; i++) {
            var hesitant = new Outbox(THREAD);
            hesitant.open(pair.one());
            hesitant.putNow(frame(1, true), Integer.MAX_VALUE);
            var thread = thread();
            ChannelEnd.await("it waits", () -> thread.getState() == Thread.State.TIMED_WAITING);
            hesitant.putNow(frame(1, true), Integer.MAX_VALUE);
            hesitant.close();
            thread.join();
            left = hesitant.hasFrames(); // else its 2 ms were over before it was closed
        }
        assertThat(left).as("something was left once").isTrue();
    }

    private static Thread thread() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(THREAD))
                .findFirst()
                .orElseThrow();
    }
}
