package io.netcluster.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netcluster.sys.Descriptors;
import io.netcluster.sys.OpenDescriptors;
import io.netcluster.sys.Packets;
import io.netcluster.sys.Sockets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who sends faster than the peer reads waits: bounded, interruptible, without pinning, and never for each other. */
final class MessageChannelLimitsTest {
    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;

    private int before;
    private ChannelEnd one;
    private ChannelEnd other;

    @BeforeEach
    void connect() throws Exception {
        before = OpenDescriptors.count();
        var pair = Sockets.pair();
        one = new ChannelEnd(pair.one());
        other = new ChannelEnd(pair.other());
    }

    @AfterEach
    void nothingLeaks() throws Exception {
        other.release();
        one.close();
        other.close();
        assertThat(OpenDescriptors.count()).isEqualTo(before);
    }

    private void startAndHoldTheOther() {
        one.start();
        other.hold().start();
    }

    /** Sends until it waits for room, and returns the thread that does. */
    private Thread fill(AtomicLong sent, int size) {
        var thread = Thread.ofPlatform().start(() -> {
            try {
                while (true) {
                    one.channel().send(ChannelEnd.parcel(size));
                    sent.addAndGet(size);
                }
            } catch (IOException | InterruptedException e) {
                return; // that is how it ends
            }
        });
        ChannelEnd.await("it has begun to wait", () -> sent.get() > 100 * KIB);
        if (other.reader().isAlive()) {
            one.awaitFull(other);
        }
        ChannelEnd.awaitWaiting(thread);
        return thread;
    }

    @Test
    void aPeerThatDoesNotReadStopsTheSender() throws Exception {
        startAndHoldTheOther();
        var sent = new AtomicLong();
        var thread = fill(sent, 1_000);
        assertThat(sent.get()).isLessThan(MIB);
        long stopped = sent.get();
        other.release();
        ChannelEnd.await("it goes on", () -> sent.get() > stopped + MIB);
        thread.interrupt();
        thread.join();
    }

    @Test
    void soItIsWithoutAConnection() throws Exception {
        var sent = new AtomicLong();
        var thread = fill(sent, 1_000);
        assertThat(sent.get()).isLessThan(200 * KIB);
        one.channel().end();
        thread.join();
    }

    @Test
    void whoIsInterruptedWhileWaitingHasSentNothing() throws Exception {
        startAndHoldTheOther();
        var sent = new AtomicLong();
        var filler = fill(sent, 1_000);
        filler.interrupt();
        filler.join();
        var interrupted = new CompletableFuture<Exception>();
        var thread = Thread.startVirtualThread(() -> {
            try {
                while (true) {
                    one.channel().request(ChannelEnd.parcel("never"));
                }
            } catch (IOException | InterruptedException e) {
                interrupted.complete(e);
            }
        });
        ChannelEnd.awaitWaiting(thread);
        thread.interrupt();
        assertThat(interrupted.get(20, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
        other.release();
        one.channel().finish();
        long came = 0;
        for (var next = other.next(); !next.kind().equals("finished"); next = other.next()) {
            came += next.kind().equals("message") ? next.bytes().length : 0;
        }
        assertThat(came).isEqualTo(sent.get());
    }

    @Test
    void aSocketWhoseSenderIsInterruptedComesBack() throws Exception {
        startAndHoldTheOther();
        var filler = fill(new AtomicLong(), 1_000);
        var pair = Sockets.pair();
        var taken = new CompletableFuture<CompletableFuture<Void>>();
        var still = new CompletableFuture<Boolean>();
        var thread = Thread.startVirtualThread(() -> {
            taken.complete(one.channel().send(ChannelEnd.parcel("a socket"), pair.one()));
            still.complete(Thread.interrupted());
        });
        ChannelEnd.awaitWaiting(thread);
        thread.interrupt();
        assertThatThrownBy(() -> taken.get(20, TimeUnit.SECONDS).get(20, TimeUnit.SECONDS))
                .hasCauseInstanceOf(MessageChannel.Returned.class);
        assertThat(still.get()).isTrue();
        Descriptors.close(pair.one());
        Descriptors.close(pair.other());
        filler.interrupt();
        filler.join();
    }

    @Test
    void aThousandVirtualThreadsThatWaitPinNoCarrier() throws Exception {
        startAndHoldTheOther();
        var filler = fill(new AtomicLong(), 1_000);
        var done = new AtomicInteger();
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < 1_000; i++) {
            threads.add(Thread.startVirtualThread(() -> {
                try {
                    one.channel().send(ChannelEnd.parcel("one of a thousand"));
                    done.incrementAndGet();
                } catch (IOException | InterruptedException e) {
                    throw new AssertionError(e);
                }
            }));
        }
        threads.forEach(ChannelEnd::awaitWaiting);
        var free = new CountDownLatch(1);
        var _ = Thread.startVirtualThread(free::countDown);
        assertThat(free.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(done).hasValue(0);
        filler.interrupt();
        filler.join();
        other.release();
        for (var thread : threads) {
            thread.join();
        }
        assertThat(done).hasValue(1_000);
    }

    @Test
    void aHandlerSendsWithoutWaitingUntil16MibWait() throws Exception {
        var parts = new AtomicInteger();
        one.handle(_ -> {
            try {
                while (true) {
                    one.channel().send(new Parcel((byte) 2, numbered(parts.get(), 64 * KIB)));
                    parts.incrementAndGet();
                }
            } catch (IOException | InterruptedException e) {
                return; // in the end
            }
        });
        startAndHoldTheOther();
        other.channel().send(ChannelEnd.parcel("go"));
        ChannelEnd.await("16 MiB", () -> parts.get() >= 256);
        ChannelEnd.awaitWaiting(one.reader());
        assertThat(parts.get()).isLessThan(280);
        other.release();
        for (int i = 0; i < 512; i++) {
            assertThat(ByteBuffer.wrap(other.next().bytes()).getInt()).isEqualTo(i);
        }
        other.handle(_ -> {});
        one.reader().interrupt();
    }

    private static byte[] numbered(int number, int size) {
        return ByteBuffer.allocate(size).putInt(number).array();
    }

    @Test
    void howMuchAHandlerMaySendDoesNotDriftWithTime() throws Exception {
        one.handle(came -> {
            try {
                one.channel().reply(came.number(), ChannelEnd.parcel(0));
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        one.start();
        other.start();
        for (int i = 1; i < 300_000; i++) {
            var _ = other.channel().request(ChannelEnd.parcel(0));
        }
        var last = other.channel().request(ChannelEnd.parcel(0));
        last.get(20, TimeUnit.SECONDS); // so that none of the replies waits to be read
        other.hold();
        var parts = new AtomicInteger();
        one.handle(_ -> {
            try {
                while (true) {
                    one.channel().send(ChannelEnd.parcel(64 * KIB));
                    parts.incrementAndGet();
                }
            } catch (IOException | InterruptedException e) {
                return; // in the end
            }
        });
        other.channel().send(ChannelEnd.parcel("go"));
        ChannelEnd.await("16 MiB", () -> parts.get() >= 256);
        ChannelEnd.awaitWaiting(one.reader());
        assertThat(parts.get()).isLessThan(280);
        other.handle(_ -> {}).release();
        one.reader().interrupt();
    }

    @Test
    void anAcknowledgementIsNotLostWhenSoMuchWaits() throws Exception {
        var said = new CountDownLatch(2);
        one.handle(came -> {
            Descriptors.close(came.descriptor());
            try {
                for (int i = 0; said.getCount() == 2 && i < 16; i++) {
                    one.channel().send(ChannelEnd.parcel(i < 15 ? MIB : 4 * MIB));
                }
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
            one.channel().taken(came.number()); // where 19 MiB wait
            said.countDown();
        });
        startAndHoldTheOther();
        var taken = new ArrayList<CompletableFuture<Void>>();
        for (int i = 0; i < 2; i++) {
            var pair = Sockets.pair();
            Descriptors.close(pair.other());
            taken.add(other.channel().send(ChannelEnd.parcel("take it"), pair.one()));
        }
        assertThat(said.await(20, TimeUnit.SECONDS)).isTrue();
        other.handle(_ -> {}).release();
        for (var each : taken) {
            each.get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void aHandlersSocketsGoWithTheirMessagesBeyondTheBuffer() throws Exception {
        var pairs = new CopyOnWriteArrayList<Sockets.Pair>();
        one.handle(_ -> {
            try {
                for (int i = 0; i < 20; i++) {
                    var pair = Sockets.pair();
                    pairs.add(pair);
                    one.channel().send(ChannelEnd.parcel(100 * KIB));
                    var _ = one.channel().send(ChannelEnd.parcel("with a socket"), pair.one());
                }
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        startAndHoldTheOther();
        one.channel().send(ChannelEnd.parcel("first"));
        other.channel().send(ChannelEnd.parcel("go"));
        ChannelEnd.await("all are sent", () -> pairs.size() == 20);
        other.release();
        assertThat(other.next().text()).isEqualTo("first");
        for (int i = 0; i < 20; i++) {
            assertThat(other.next().bytes()).hasSize(100 * KIB);
            var socket = other.next();
            other.channel().taken(socket.number());
            Packets.send(socket.descriptor(), new byte[] {7});
            assertThat(Packets.receive(pairs.get(i).other(), new byte[1])).isTrue();
            Descriptors.close(socket.descriptor());
            Descriptors.close(pairs.get(i).other());
        }
        ChannelEnd.await("taken", () -> OpenDescriptors.count() == before + 2);
    }

    @Test
    void handlersThatFloodEachOtherDoNotWaitForEachOther() throws Exception {
        var came = new AtomicInteger();
        for (var end : List.of(one, other)) {
            end.handle(thing -> {
                came.incrementAndGet();
                try {
                    for (int i = 0; thing.text().equals("go") && i < 120; i++) {
                        end.channel().send(ChannelEnd.parcel(100 * KIB));
                    }
                } catch (IOException | InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
        }
        one.channel().send(ChannelEnd.parcel("go"));
        other.channel().send(ChannelEnd.parcel("go"));
        one.start();
        other.start();
        ChannelEnd.await("all have come", () -> came.get() == 242);
    }

    @Test
    void aHandlersReplyDoesNotBreakAMessageThatIsHalfSent() throws Exception {
        startAndHoldTheOther();
        one.channel().send(ChannelEnd.parcel("first"));
        var large = Thread.startVirtualThread(() -> {
            try {
                one.channel().send(ChannelEnd.parcel(4 * MIB));
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        one.awaitFull(other);
        ChannelEnd.awaitWaiting(large);
        one.handle(_ -> {
            try {
                one.channel().send(ChannelEnd.parcel("small"));
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        for (int i = 0; i < 100; i++) {
            other.channel().send(ChannelEnd.parcel("ping"));
        }
        other.release();
        assertThat(other.next().text()).isEqualTo("first");
        assertThat(other.next().bytes()).hasSize(4 * MIB);
        for (int i = 0; i < 100; i++) {
            assertThat(other.next().text()).isEqualTo("small");
        }
        large.join();
    }
}
