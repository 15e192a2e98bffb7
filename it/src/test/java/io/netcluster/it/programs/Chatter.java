package io.netcluster.it.programs;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * Prints numbered lines on both streams, by two threads, without an end: {@code <worker's id> <number> ...}.
 *
 * <p>Argument: how many milliseconds it rests after ten lines.
 */
public final class Chatter {
    private Chatter() {}

    public static void main(String[] arguments) throws Exception {
        int rest = Integer.parseInt(arguments[0]);
        try (var _ = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread.ofPlatform().start(() -> chat(FileDescriptor.err, rest));
            chat(FileDescriptor.out, rest);
        }
    }

    private static void chat(FileDescriptor where, int rest) {
        var id = System.getenv("NETCLUSTER_ID");
        var stream = new FileOutputStream(where);
        for (int number = 1; ; number++) {
            var line = id + " " + number + " " + "x".repeat(90) + "\n";
            try {
                stream.write(line.getBytes(StandardCharsets.US_ASCII));
                if (number % 10 == 0) {
                    TimeUnit.MILLISECONDS.sleep(rest);
                }
            } catch (IOException e) {
                number--; // ENOSPC; the line comes when there is room
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
