package io.netcluster.it.programs;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Connects to ports and enters into a journal who answered. */
final class PortClient {
    private static final int PATIENCE_MILLIS = 40_000;

    private final PortJournal journal;

    PortClient(PortJournal journal) {
        this.journal = journal;
    }

    /** Returns what was answered, or why nothing was. */
    String connect(int port) {
        long began = System.nanoTime();
        long established = began;
        String answer;
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
            established = System.nanoTime();
            int own = socket.getLocalPort();
            socket.setSoTimeout(PATIENCE_MILLIS);
            answer = own == port // TCP connects a port to itself if nobody listens there and the kernel happens to
                    // choose it
                    ? "itself"
                    : new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            journal.connected(began, established, System.nanoTime(), own, port, answer);
        } catch (IOException e) {
            answer = e.toString();
            journal.connected(began, established, System.nanoTime(), 0, port, answer); // it is closed by now
        }
        return answer;
    }
}
