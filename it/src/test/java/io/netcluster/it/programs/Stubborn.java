package io.netcluster.it.programs;

import java.util.concurrent.CountDownLatch;

/** A program whose shutdown hook never ends. */
public final class Stubborn {
    private Stubborn() {}

    public static void main(String[] arguments) throws Exception {
        var never = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            System.out.println("asked to stop");
            try {
                never.await();
            } catch (InterruptedException e) {
                return;
            }
        }));
        System.out.println("stubborn");
        never.await();
    }
}
