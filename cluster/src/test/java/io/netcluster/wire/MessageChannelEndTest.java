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
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** However a channel ends, who waits is told, sockets come back, and no descriptor is left over. */
final class MessageChannelEndTest {
    private int before;
    private Sockets.Pair pair;
    private ChannelEnd one;

    @BeforeEach
    void connect() throws Exception {
        before = OpenDescriptors.count();
        pair = Sockets.pair();
        one = new ChannelEnd(pair.one());
    }

    @AfterEach
    void nothingLeaks() throws Exception {
        one.close();
        Descriptors.close(pair.other());
        assertThat(OpenDescriptors.count()).isEqualTo(before);
    }

    private void write(ByteBuffer frame, int descriptor) throws IOException {
        var direct =
                ByteBuffer.allocateDirect(frame.capacity()).put(frame.rewind()).flip();
        var writer = new PacketWriter(pair.other());
        while (direct.hasRemaining()) {
            int written =
                    direct.position() > 0 || descriptor < 0 ? writer.write(direct) : writer.write(direct, descriptor);
            if (written == 0) {
                Sockets.awaitWritable(pair.other(), 1_000);
            }
        }
    }

    private static ByteBuffer frame(int length, int kind, int body) {
        return ByteBuffer.allocate(16 + body).putInt(length).put((byte) kind);
    }

    private void assertEnds(String why) throws Exception {
        assertThat(one.awaitEnd()).isNotNull().hasMessageContaining(why);
        assertThatThrownBy(() -> one.channel().send(ChannelEnd.parcel("more")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("ended");
        assertThat(one.next().kind()).isEqualTo("ended");
    }

    // ------------------------------------------------------------------ what no peer sends

    @Test
    void aNegativeLength() throws Exception {
        one.start();
        write(frame(-1, 1, 0), PacketWriter.NONE);
        assertEnds("4294967295");
    }

    @Test
    void aLengthBeyondTheBound() throws Exception {
        one.start();
        write(frame(Parcel.MAX_BYTES + 1, 1, 0), PacketWriter.NONE);
        assertEnds("16777217");
    }

    @Test
    void anUnknownKind() throws Exception {
        one.start();
        write(frame(0, 99, 0), PacketWriter.NONE);
        assertEnds("kind 99");
    }

    @Test
    void aSocketThatIsNone() throws Exception {
        one.start();
        write(frame(0, 5, 0), PacketWriter.NONE);
        assertEnds("without one");
    }

    @Test
    void descriptorsThatWereAnnouncedAndDoNotCome() throws Exception {
        one.start();
        write(frame(0, 5, 0).putShort(6, (short) 2), pair.other());
        assertEnds("2 descriptors were announced");
    }

    @Test
    void descriptorsThatNoMessageSpokeOf() throws Exception {
        one.start();
        try {
            for (int i = 0; i < 1_100; i++) {
                write(frame(0, 3, 0), pair.other());
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("EPIPE"); // it has had enough
        }
        assertEnds("1024 descriptors");
    }

    @Test
    void anEndInTheMiddleOfALongMessage() throws Exception {
        one.start();
        write(frame(1 << 20, 1, 100_000), PacketWriter.NONE);
        Sockets.shutdown(pair.other());
        assertEnds("in the middle");
    }

    // ------------------------------------------------------------------ ends

    @Test
    void aPeerThatHasClosedIsNoErrorAndWhatItSentIsTakenFirst() throws Exception {
        write(frame(0, 1, 0), PacketWriter.NONE);
        Sockets.shutdown(pair.other());
        one.start();
        assertThat(one.awaitEnd()).isNull();
        assertThat(one.next().kind()).isEqualTo("message");
        assertThat(one.next().kind()).isEqualTo("ended");
    }

    @Test
    void soItIsIfItHasNotReadEverything() throws Exception {
        one.start();
        one.channel().send(ChannelEnd.parcel("unread"));
        one.channel().flush(TimeUnit.SECONDS.toNanos(20));
        write(frame(0, 1, 0), PacketWriter.NONE);
        assertThat(one.next().kind()).isEqualTo("message");
        Descriptors.close(pair.other());
        try {
            assertThat(one.awaitEnd()).isNull();
        } finally {
            pair = new Sockets.Pair(pair.one(), -1);
        }
    }

    @Test
    void whoWaitsForRoomOrAReplyIsTold() throws Exception {
        one.start();
        var reply = one.channel().request(ChannelEnd.parcel("answer me"));
        var failed = new ArrayList<CompletableFuture<Exception>>();
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < 3; i++) {
            int size = 1 << (i * 11); // the last waits with half a message sent
            var failure = new CompletableFuture<Exception>();
            failed.add(failure);
            var thread = Thread.startVirtualThread(() -> {
                try {
                    while (true) {
                        one.channel().send(ChannelEnd.parcel(size));
                    }
                } catch (IOException | InterruptedException e) {
                    failure.complete(e);
                }
            });
            threads.add(thread);
        }
        threads.forEach(ChannelEnd::awaitWaiting);
        Sockets.shutdown(pair.other());
        for (var failure : failed) {
            assertThat(failure.get(20, TimeUnit.SECONDS))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("ended");
        }
        assertThatThrownBy(() -> reply.get(20, TimeUnit.SECONDS))
                .cause()
                .isInstanceOf(IOException.class)
                .hasMessageContaining("ended");
        assertThatThrownBy(() -> one.channel().request(ChannelEnd.parcel("and now?")))
                .isInstanceOf(IOException.class);
    }

    @Test
    void socketsThatWereNotTakenComeBackAndLaterOnesAtOnce() throws Exception {
        one.start();
        var sent = Sockets.pair();
        var taken = one.channel().send(ChannelEnd.parcel("take it"), sent.one());
        Sockets.shutdown(pair.other());
        assertThatThrownBy(() -> taken.get(20, TimeUnit.SECONDS))
                .cause()
                .isInstanceOfSatisfying(
                        MessageChannel.Returned.class,
                        back -> assertThat(back.descriptor()).isEqualTo(sent.one()));
        assertThat(one.awaitEnd()).isNull();
        assertThatThrownBy(() -> one.channel()
                        .send(ChannelEnd.parcel("take it"), sent.one())
                        .get(20, TimeUnit.SECONDS))
                .hasCauseInstanceOf(MessageChannel.Returned.class);
        Descriptors.close(sent.one());
        Descriptors.close(sent.other());
    }

    @Test
    void aSocketWhoseReceiverCameTooLateIsClosedHere() throws Exception {
        one.start();
        var sent = Sockets.pair();
        var taken = one.channel().send(ChannelEnd.parcel("take it"), sent.one());
        assertThat(taken.cancel(false)).isTrue();
        Sockets.shutdown(pair.other());
        assertThat(one.awaitEnd()).isNull();
        Descriptors.close(sent.other());
    }

    @Test
    void aWriteThatFailsEndsTheChannelForTheReaderToo() throws Exception {
        one.start();
        one.channel().send(ChannelEnd.parcel("it works"));
        var reply = one.channel().request(ChannelEnd.parcel("answer me"));
        assertThatThrownBy(() -> {
                    while (true) { // no descriptor that could be sent: EBADF
                        one.channel()
                                .send(ChannelEnd.parcel("bad"), Integer.MAX_VALUE)
                                .get(20, TimeUnit.SECONDS);
                    }
                })
                .hasCauseInstanceOf(MessageChannel.Returned.class);
        assertThatThrownBy(() -> reply.get(20, TimeUnit.SECONDS)).hasCauseInstanceOf(IOException.class);
        assertThat(one.awaitEnd()).isNull();
    }

    @Test
    void aChannelWithoutAConnectionEnds() throws Exception {
        var reply = one.channel().request(ChannelEnd.parcel("answer me"));
        var sent = Sockets.pair();
        var taken = one.channel().send(ChannelEnd.parcel("take it"), sent.one());
        var ended = one.channel().ended();
        one.channel().end();
        one.channel().end();
        assertThat(ended).isCompleted();
        assertThat(reply).isCompletedExceptionally();
        assertThat(taken).isCompletedExceptionally();
        assertThatThrownBy(() -> one.channel().send(ChannelEnd.parcel("more"))).isInstanceOf(IOException.class);
        one.channel().taken(1);
        one.channel().finish();
        assertThat(one.next().kind()).isEqualTo("ended");
        assertThat(one.hasMore()).isFalse();
        Descriptors.close(sent.one());
        Descriptors.close(sent.other());
    }

    @Test
    void aReceiverThatFailsEndsIt() throws Exception {
        one.handle(_ -> {
            throw new IllegalStateException("a mistake");
        });
        one.start();
        write(frame(0, 1, 0), PacketWriter.NONE);
        assertThat(one.awaitEnd()).hasRootCauseMessage("a mistake");
        assertThat(one.channel().ended()).isCompleted();
    }

    @Test
    void itHasOneConnection() {
        assertThat(one.channel().begin()).isTrue();
        assertThat(one.channel().begin()).isFalse();
    }

    // ------------------------------------------------------------------ flush

    /** What the kernel has for the peer. */
    private String available() throws IOException {
        var reader = new PacketReader(pair.other());
        var in = ByteBuffer.allocateDirect(1 << 16);
        var all = new StringBuilder();
        while (reader.readNow(in, Descriptors::close) > 0) {
            all.append(StandardCharsets.ISO_8859_1.decode(in.flip()));
            in.clear();
        }
        return all.toString();
    }

    @Test
    void afterAFlushEverythingIsWithTheKernel() throws Exception {
        one.start();
        for (int i = 0; i < 1_000; i++) {
            one.channel().send(ChannelEnd.parcel(10));
        }
        one.channel().flush(TimeUnit.SECONDS.toNanos(20));
        assertThat(available()).hasSize(26_000);
    }

    @Test
    void aFlushWaitsNoLongerThanItMay() throws Exception {
        one.start();
        var sender = Thread.startVirtualThread(() -> {
            try {
                one.channel().send(ChannelEnd.parcel(1 << 20));
            } catch (IOException | InterruptedException e) {
                return; // in the end
            }
        });
        ChannelEnd.awaitWaiting(sender);
        one.channel().flush(1_000_000);
        assertThat(sender.isAlive()).isTrue();
    }

    @Test
    void inAHurryEveryMessageIsWithTheKernelWhenItsSenderGoesOn() throws Exception {
        one.start();
        one.channel().send(ChannelEnd.parcel(1_000)); // once it is there, the channel has its connection
        one.channel().flush(TimeUnit.SECONDS.toNanos(20));
        assertThat(available()).hasSize(1_016);
        one.channel().hurry();
        var writing = Thread.ofPlatform().name("the-one-that-writes").start(this::sendAlways);
        ChannelEnd.awaitFull(writing.getName());
        var meanwhile = Thread.ofPlatform().start(() -> one.channel().finish()); // which never waits for room
        ChannelEnd.awaitWaiting(meanwhile);
        writing.interrupt();
        var all = new StringBuilder();
        while (meanwhile.isAlive()) {
            all.append(available());
        }
        assertThat(all.append(available())).contains("\0\0\0\0\7"); // no content, FINISH
        writing.join();
    }

    private void sendAlways() {
        try {
            while (true) {
                one.channel().send(ChannelEnd.parcel(1_000));
            }
        } catch (IOException | InterruptedException e) {
            return; // in the end
        }
    }
}
