package io.netcluster.it.programs;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Serves as {@link LineServer} does, and goes wrong.
 *
 * <p>Arguments: how, and the port. {@code direct} and {@code heap} leak memory of these kinds; {@code safepoint} brings the
 * whole JVM to a halt in the first worker of slot 1, when there is a file that the system property {@code halt} names; {@code once} fails if it is not a slot's
 * first worker; {@code second} fails in slot 2.
 */
public final class Glutton {
    private static final int MIB = 1 << 20;
    private static final List<Object> KEPT = new ArrayList<>();
    private static volatile long result;

    private Glutton() {}

    public static void main(String[] arguments) throws Exception {
        boolean first = Integer.parseInt(System.getenv("NETCLUSTER_ID")) <= 2;
        int slot = Integer.parseInt(System.getenv("NETCLUSTER_SLOT"));
        switch (arguments[0]) {
            case "direct" -> leak(() -> fill(ByteBuffer.allocateDirect(4 * MIB)), 80);
            case "heap" -> leak(() -> new byte[MIB], 44);
            case "safepoint" -> {
                if (first && slot == 1) {
                    Thread.ofPlatform().start(Glutton::halt);
                }
            }
            case "once" -> {
                if (!first) {
                    System.err.println("cannot do that again");
                    System.exit(3);
                }
            }
            case "second" -> {
                if (slot == 2) {
                    System.exit(4);
                }
            }
            default -> throw new IllegalArgumentException(arguments[0]);
        }
        LineServer.serve("selector", new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[1])));
    }

    private interface Source {
        Object take();
    }

    private static void leak(Source source, int times) {
        Thread.ofPlatform().daemon().start(() -> {
            try {
                for (int i = 0; i < times; i++) {
                    KEPT.add(source.take());
                    TimeUnit.MILLISECONDS.sleep(50);
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static ByteBuffer fill(ByteBuffer buffer) {
        for (int i = 0; i < buffer.capacity(); i += 1024) {
            buffer.put(i, (byte) 1);
        }
        return buffer;
    }

    /**
     * A counted loop has no safepoint in it when C2 compiles it for the serial collector; who wants one then, as a collection
     * does, halts all other threads until the loop ends, and that is after minutes.
     */
    private static void halt() {
        try {
            while (!Files.exists(Path.of(System.getProperty("halt")))) {
                TimeUnit.MILLISECONDS.sleep(50);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        for (int i = 0; i < 50_000; i++) {
            result += loop(100, i); // until it has been compiled
        }
        Thread.ofPlatform().daemon().start(() -> {
            while (true) { // the first collections may come before C2 has done its work
                System.gc();
            }
        });
        while (true) {
            result += loop(Integer.MAX_VALUE, 1);
        }
    }

    private static long loop(int times, long seed) {
        long sum = seed;
        for (int i = 1; i < times; i++) {
            sum = (sum + Long.MAX_VALUE) / i % (i + 3L) / ((sum & 15) + 1); // divisions are slow
        }
        return sum;
    }
}
