package io.netcluster.it.programs;

import io.netcluster.Cluster;
import io.netcluster.Message;
import io.netcluster.Worker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A primary that sends its worker messages and exits, and the worker, which begins to take them only then and says at its
 * end how many have come: {@code <how many> <bytes of each>}.
 */
public final class LastWords {
    private static final AtomicInteger CAME = new AtomicInteger();

    private LastWords() {}

    public static void main(String[] arguments) throws Exception {
        if (Cluster.isWorker()) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("came " + CAME)));
            Cluster.thisWorker().onMessage(LastWords::take);
            Cluster.thisWorker().send("ready");
            Thread.currentThread().join();
        }
        var worker = Cluster.open().fork();
        var ready = new CountDownLatch(1);
        worker.onMessage(_ -> ready.countDown());
        ready.await();
        send(worker, Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1]));
        System.exit(0);
    }

    private static void send(Worker worker, int count, int size) throws Exception {
        var gate = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        worker.send(String.valueOf(gate.getLocalPort()));
        for (int i = 0; i < count; i++) {
            worker.send(new byte[size]);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> open(gate)));
    }

    private static void open(ServerSocket gate) {
        try {
            gate.accept().close();
        } catch (IOException e) {
            e.printStackTrace();
        }
    }

    private static void take(Message message) {
        if (message.content() instanceof String port) {
            try (var gate = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(port))) {
                gate.getInputStream().read(); // until the primary exits
            } catch (IOException e) {
                e.printStackTrace();
            }
        } else {
            CAME.incrementAndGet();
        }
    }
}
