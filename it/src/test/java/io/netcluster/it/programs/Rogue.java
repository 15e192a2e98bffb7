package io.netcluster.it.programs;

import io.netcluster.sys.Descriptors;
import io.netcluster.sys.Packets;
import io.netcluster.sys.Sockets;
import io.netcluster.wire.Address;
import io.netcluster.wire.Frames;
import io.netcluster.wire.Message;
import io.netcluster.wire.PortPolicy;
import io.netcluster.wire.SocketTransfer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SplittableRandom;

/**
 * A worker without an agent, which is known to its primary, and then says what no agent would, so many times; in the end
 * it breaks off a frame and is gone.
 */
public final class Rogue {
    private static final Map<String, String> ENVIRONMENT = System.getenv();
    private final SplittableRandom random = new SplittableRandom(7);
    private final int fd;
    private final Frames frames;

    private Rogue() throws IOException {
        fd = Sockets.unixStream();
        Sockets.connectUnix(fd, ENVIRONMENT.get("NETCLUSTER_LINK").getBytes(StandardCharsets.UTF_8));
        frames = new Frames(new Wire(fd));
    }

    public static void main(String[] arguments) throws Exception {
        var rogue = new Rogue();
        long id = Long.parseLong(ENVIRONMENT.get("NETCLUSTER_ID"));
        rogue.frames.send(
                new Message.Hello(
                        id,
                        ENVIRONMENT.get("NETCLUSTER_TOKEN"),
                        ProcessHandle.current().pid()),
                Frames.NONE);
        var answered = Thread.ofPlatform().daemon().start(rogue::listen);
        for (int i = 0; i < Integer.parseInt(arguments[0]); i++) {
            rogue.say(i);
        }
        Packets.send(rogue.fd, new byte[] {0, 0, 3});
        System.out.println("said all, " + answered.isAlive());
        System.exit(1);
    }

    private void say(int number) throws IOException {
        var address = new Address(Address.Transport.of(random.nextInt(2)), new byte[] {127, 0, 0, 1}, 0, 0);
        long grant = random.nextInt(50);
        switch (random.nextInt(6)) {
            case 0 -> listen(new Message.Listen(number, address, PortPolicy.UNIQUE), Sockets.unixStream());
            case 1 -> {
                var pair = Sockets.pair(); // connected already
                Descriptors.close(pair.other());
                listen(new Message.Listen(grant, address, PortPolicy.parse("sticky=x")), pair.one());
            }
            case 2 -> listen(new Message.Listen(grant, address, PortPolicy.parse("shared=y")), Sockets.parked());
            case 3 -> frames.send(new Message.Close(grant), Frames.NONE);
            case 4 -> frames.send(new Message.Withdraw(grant), Frames.NONE);
            default -> frames.send(new Message.Draining(random.nextInt()), Frames.NONE);
        }
    }

    private void listen(Message.Listen listen, int socket) throws IOException {
        frames.send(listen, OptionalInt.of(socket));
        Descriptors.close(socket);
    }

    private void listen() {
        try {
            for (var received = frames.receive(); received != null; received = frames.receive()) {
                received.descriptor().ifPresent(Descriptors::close);
            }
        } catch (IOException e) {
            // closed
        }
    }

    /** Waits for a primary that is slow. */
    private static final class Wire extends SocketTransfer {
        private final int fd;

        Wire(int fd) {
            super(fd);
            this.fd = fd;
        }

        @Override
        public void send(byte[] bytes) throws IOException {
            Sockets.awaitWritable(fd, 10_000);
            super.send(bytes);
        }

        @Override
        public void sendDescriptor(int passed) throws IOException {
            Sockets.awaitWritable(fd, 10_000);
            super.sendDescriptor(passed);
        }
    }
}
