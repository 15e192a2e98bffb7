package io.netcluster.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.sys.Descriptors;
import io.netcluster.sys.ErrnoException;
import io.netcluster.sys.PacketWriter;
import io.netcluster.sys.Packets;
import io.netcluster.sys.Sockets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Has a link, or a message channel, hear what a peer may say, and checks what must hold whatever that is. */
final class Heard {
    private static final int MAX_DESCRIPTORS = 8;

    private Heard() {}

    /**
     * A link: everything is understood, and written as it was read, until it is refused or ends.
     *
     * @return how many frames were read, the refused one too
     */
    static int onALink(byte[] bytes) throws IOException {
        var frames = new Frames(new Recorded(ByteBuffer.wrap(bytes)));
        int count = 0;
        try {
            for (var received = frames.receive(); received != null; received = frames.receive()) {
                count++;
                requireStable(received.message(), received.descriptor().isPresent());
            }
            return count;
        } catch (ProtocolException e) {
            return count + 1;
        } catch (Recorded.CutOff e) {
            return count + 1;
        } catch (IOException e) {
            if ("the peer closed in the middle of a frame".equals(e.getMessage())) {
                return count + 1;
            }
            throw e;
        }
    }

    private static void requireStable(Message message, boolean descriptor) throws IOException {
        var written = Codec.encode(message, descriptor);
        var header = Codec.Header.of(Arrays.copyOf(written, Codec.HEADER));
        var again = Codec.decode(header.kind(), Arrays.copyOfRange(written, Codec.HEADER, written.length));
        if (header.length() != written.length - Codec.HEADER
                || header.descriptor() != descriptor
                || !again.equals(message)
                || !again.toString().equals(message.toString())) {
            throw new AssertionError(message + " was read as " + again);
        }
    }

    /**
     * A message channel, over a real connection: it ends, by itself, with the reason that the peer gave it, and has
     * closed every descriptor that came.
     *
     * @param descriptors how many come with the first byte; at most {@value #MAX_DESCRIPTORS}
     * @return how many frames were read
     */
    static int onAChannel(byte[] bytes, int descriptors) throws IOException {
        var connection = Sockets.pair();
        var witness = Sockets.pair(); // one end travels: the other sees its end when the last duplicate is closed
        try {
            write(connection.other(), bytes, witness.one(), Math.min(descriptors, MAX_DESCRIPTORS));
        } finally {
            Descriptors.close(connection.other());
            Descriptors.close(witness.one());
        }
        var taker = new Taker();
        var channel = new MessageChannel("heard");
        taker.channel = channel;
        channel.receiver(taker);
        try {
            channel.open(connection.one());
            channel.run(connection.one());
        } catch (ProtocolException e) {
            taker.count++;
        } catch (IOException e) {
            if (!(e instanceof ErrnoException)
                    && !String.valueOf(e.getMessage()).startsWith("the peer closed")) {
                throw e;
            }
        } finally {
            Descriptors.close(connection.one());
        }
        assertThat(taker.ended).as("times that the end was told").isOne();
        Sockets.setReceiveTimeout(witness.other(), 5);
        boolean left = Packets.receive(witness.other(), new byte[1]); // EAGAIN: a descriptor has leaked
        Descriptors.close(witness.other());
        assertThat(left).isFalse();
        return taker.count;
    }

    private static void write(int to, byte[] bytes, int descriptor, int descriptors) throws IOException {
        if (bytes.length == 0) {
            return;
        }
        var buffer = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        var writer = new PacketWriter(to);
        int written = writer.write(
                buffer, IntStream.generate(() -> descriptor).limit(descriptors).toArray());
        while (buffer.hasRemaining() && written > 0) {
            written = writer.write(buffer); // what the kernel has no room for is cut off
        }
    }

    private static final class Taker implements MessageChannel.Receiver {
        private @org.jspecify.annotations.Nullable MessageChannel channel;
        private int count;
        private int ended;

        @Override
        public void message(Parcel content) {
            count++;
        }

        @Override
        public void socket(long number, Parcel content, int descriptor) {
            count++;
            Descriptors.close(descriptor);
            channel.taken(number);
        }

        @Override
        public void broadcast(Parcel content) {
            count++;
        }

        @Override
        public void request(long number, Parcel content) {
            count++;
            try {
                channel.reply(number, content);
            } catch (IOException e) {
                // the peer has gone, as every peer here
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void finished() {
            count++;
        }

        @Override
        public void ended() {
            ended++;
        }
    }
}
