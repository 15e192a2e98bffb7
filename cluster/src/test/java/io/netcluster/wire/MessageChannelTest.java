package io.netcluster.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netcluster.sys.Descriptors;
import io.netcluster.sys.OpenDescriptors;
import io.netcluster.sys.Packets;
import io.netcluster.sys.Sockets;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is sent arrives: all of it, in order, with the socket that belongs to it, and leaves no descriptor behind. */
final class MessageChannelTest {
    private static final int MIB = 1 << 20;

    private int before;
    private ChannelEnd one;
    private ChannelEnd other;

    @BeforeEach
    void connect() throws Exception {
        Descriptors.close(Sockets.pair().one()); // what links system calls
        before = OpenDescriptors.count();
        var pair = Sockets.pair();
        one = new ChannelEnd(pair.one());
        other = new ChannelEnd(pair.other());
    }

    @AfterEach
    void nothingLeaks() throws Exception {
        one.close();
        other.close();
        assertThat(OpenDescriptors.count()).isEqualTo(before);
    }

    private void start() {
        one.start();
        other.start();
    }

    @Test
    void orderIsThatOfSendingWhicheverThreadSends() throws Exception {
        start();
        var lock = new ReentrantLock();
        var sent = new int[1];
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < 16; i++) {
            var builder = i % 2 == 0 ? Thread.ofVirtual() : Thread.ofPlatform();
            threads.add(builder.start(() -> {
                for (int n = 0; n < 2_000; n++) {
                    lock.lock();
                    try {
                        var bytes = ByteBuffer.allocate(4 + sent[0] % 300).putInt(sent[0]++);
                        one.channel().send(new Parcel((byte) 2, bytes.array()));
                    } catch (IOException | InterruptedException e) {
                        throw new AssertionError(e);
                    } finally {
                        lock.unlock();
                    }
                }
            }));
        }
        for (int n = 0; n < 32_000; n++) {
            var came = other.next();
            assertThat(ByteBuffer.wrap(came.bytes()).getInt()).isEqualTo(n);
            assertThat(came.bytes()).hasSize(4 + n % 300);
        }
        for (var thread : threads) {
            thread.join();
        }
    }

    @Test
    void threadsThatSendAtOnceSendWholeMessages() throws Exception {
        start();
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < 8; i++) {
            int number = i;
            threads.add(Thread.startVirtualThread(() -> {
                for (int n = 0; n < 200; n++) {
                    try {
                        one.channel().send(new Parcel((byte) 2, filled(number * 20_011 % 70_000, number, n)));
                    } catch (IOException | InterruptedException e) {
                        throw new AssertionError(e);
                    }
                }
            }));
        }
        var next = new int[8];
        for (int i = 0; i < 8 * 200; i++) {
            var bytes = ByteBuffer.wrap(other.next().bytes());
            int number = bytes.getInt();
            assertThat(bytes.getInt()).isEqualTo(next[number]++);
            while (bytes.hasRemaining()) {
                assertThat((int) bytes.get()).isEqualTo(number);
            }
        }
        for (var thread : threads) {
            thread.join();
        }
    }

    private static byte[] filled(int size, int number, int n) {
        var bytes = ByteBuffer.allocate(8 + size).putInt(number).putInt(n);
        while (bytes.hasRemaining()) {
            bytes.put((byte) number);
        }
        return bytes.array();
    }

    @Test
    void everySizeArrivesBetweenSmallOnesAndSockets() throws Exception {
        start();
        var sizes = List.of(
                0,
                1,
                15,
                16,
                65_535 - 16,
                65_536 - 16,
                65_537 - 16,
                65_536,
                131_072 - 16,
                131_072 - 15,
                131_072,
                262_144,
                MIB + 1,
                Parcel.MAX_BYTES,
                0);
        var peers = new LinkedBlockingQueue<Integer>();
        var taken = new LinkedBlockingQueue<CompletableFuture<Void>>();
        var sender = Thread.startVirtualThread(() -> {
            try {
                for (int size : sizes) {
                    one.channel().send(parcel(size));
                    one.channel().send(ChannelEnd.parcel("small"));
                    var pair = Sockets.pair();
                    peers.add(pair.other());
                    taken.add(one.channel().send(parcel(size), pair.one()));
                }
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        for (int size : sizes) {
            assertContent(other.next().bytes(), size);
            assertThat(other.next().text()).isEqualTo("small");
            var socket = other.next();
            assertThat(socket.kind()).isEqualTo("socket");
            assertContent(socket.bytes(), size);
            other.channel().taken(socket.number());
            taken.take().get(20, TimeUnit.SECONDS);
            assertConnected(socket.descriptor(), peers.take());
        }
        sender.join();
    }

    private static Parcel parcel(int size) {
        var bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = pattern(size, i);
        }
        return new Parcel((byte) 2, bytes);
    }

    private static byte pattern(int size, int position) {
        return (byte) (size + position * 31 + (position >> 8));
    }

    private static void assertContent(byte[] bytes, int size) {
        assertThat(bytes.length).isEqualTo(size);
        for (int i = 0; i < size; i++) {
            if (bytes[i] != pattern(size, i)) {
                throw new AssertionError("byte " + i + " of " + size);
            }
        }
    }

    /** That the two are of one pair; closes them. */
    private static void assertConnected(int descriptor, int peer) throws IOException {
        Packets.send(descriptor, new byte[] {42});
        var came = new byte[1];
        assertThat(Packets.receive(peer, came)).isTrue();
        Descriptors.close(descriptor);
        Descriptors.close(peer);
    }

    @Test
    void twoThousandSocketsArriveEachWithItsMessage() throws Exception {
        start();
        var peers = new ArrayList<Integer>();
        var taken = new ArrayList<CompletableFuture<Void>>();
        other.handle(came -> {
            other.channel().taken(came.number());
            try {
                Packets.send(came.descriptor(), came.bytes());
            } catch (IOException e) {
                throw new AssertionError(e);
            } finally {
                Descriptors.close(came.descriptor());
            }
        });
        for (int i = 0; i < 2_000; i++) {
            var pair = Sockets.pair();
            peers.add(pair.other());
            taken.add(one.channel()
                    .send(new Parcel((byte) 2, ByteBuffer.allocate(4).putInt(i).array()), pair.one()));
        }
        for (int i = 0; i < 2_000; i++) {
            taken.get(i).get(20, TimeUnit.SECONDS);
            var number = new byte[4];
            assertThat(Packets.receive(peers.get(i), number)).isTrue();
            assertThat(ByteBuffer.wrap(number).getInt()).isEqualTo(i);
            Descriptors.close(peers.get(i));
        }
    }

    @Test
    void aSocketThatIsRefusedComesBack() throws Exception {
        start();
        other.handle(came -> {
            Descriptors.close(came.descriptor());
            other.channel().refused(came.number());
        });
        var pair = Sockets.pair();
        var taken = one.channel().send(ChannelEnd.parcel("take it"), pair.one());
        assertThatThrownBy(() -> taken.get(20, TimeUnit.SECONDS))
                .cause()
                .isInstanceOfSatisfying(
                        MessageChannel.Returned.class,
                        back -> assertThat(back.descriptor()).isEqualTo(pair.one()));
        assertConnected(pair.one(), pair.other());
    }

    @Test
    void whatIsSentBeforeThereIsAConnectionIsKept() throws Exception {
        one.channel().send(ChannelEnd.parcel("early"));
        var pair = Sockets.pair();
        var taken = one.channel().send(ChannelEnd.parcel("with a socket"), pair.one());
        one.channel().finish();
        start();
        assertThat(other.next().text()).isEqualTo("early");
        var socket = other.next();
        other.channel().taken(socket.number());
        taken.get(20, TimeUnit.SECONDS);
        assertConnected(socket.descriptor(), pair.other());
        assertThat(other.next().kind()).isEqualTo("finished");
    }

    @Test
    void requestsAreAnsweredInAnyOrder() throws Exception {
        start();
        var first = one.channel().request(ChannelEnd.parcel("first"));
        var second = one.channel().request(ChannelEnd.parcel("second"));
        long number = other.next().number();
        other.channel().reply(other.next().number(), ChannelEnd.parcel("to the second"));
        other.channel().fail(number, "no idea");
        assertThat(new String(second.get().bytes())).isEqualTo("to the second");
        assertThatThrownBy(first::get)
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no idea");
    }

    @Test
    void aReplyThatNobodyWaitsForIsNobodys() throws Exception {
        start();
        var reply = one.channel().request(ChannelEnd.parcel("never mind"));
        var number = other.next().number();
        reply.cancel(false);
        other.channel().reply(number, ChannelEnd.parcel("late"));
        other.channel().reply(4711, ChannelEnd.parcel("to nobody"));
        other.channel().fail(4712, "nobody");
        other.channel().taken(4713);
        other.channel().refused(4714);
        other.channel().send(ChannelEnd.parcel("after"));
        assertThat(one.next().text()).isEqualTo("after");
        var trace = new WeakReference<>(reply);
        reply = null;
        ChannelEnd.await("the reply is forgotten", () -> {
            System.gc();
            return trace.refersTo(null);
        });
    }

    @Test
    void anEmptyMessageMayBeARequestAReplyAndABroadcast() throws Exception {
        start();
        var reply = one.channel().request(parcel(0));
        other.channel().reply(other.next().number(), parcel(0));
        assertThat(reply.get().bytes()).isEmpty();
        one.channel().broadcast(parcel(0));
        assertThat(other.next().kind()).isEqualTo("broadcast");
    }

    @Test
    void tooLongAMessageIsRefusedInEveryWayAndNothingOfItSent() throws Exception {
        start();
        var channel = one.channel();
        var large = new Parcel((byte) 2, new byte[Parcel.MAX_BYTES + 1]);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> channel.send(large))
                .withMessageContaining("16777216");
        assertThatIllegalArgumentException().isThrownBy(() -> channel.broadcast(large));
        assertThatIllegalArgumentException().isThrownBy(() -> channel.request(large));
        assertThatIllegalArgumentException().isThrownBy(() -> channel.reply(1, large));
        var pair = Sockets.pair();
        assertThatIllegalArgumentException().isThrownBy(() -> channel.send(large, pair.one()));
        assertConnected(pair.one(), pair.other());
        channel.send(ChannelEnd.parcel("next"));
        assertThat(other.next().text()).isEqualTo("next");
    }
}
