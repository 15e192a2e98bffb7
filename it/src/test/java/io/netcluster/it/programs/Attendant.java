package io.netcluster.it.programs;

import io.netcluster.Cluster;
import io.netcluster.ThisWorker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** A worker that does what its primary requests: what a {@link Puppet} does, and what a worker can do about its life. */
public final class Attendant {
    private static final CountDownLatch CRASH = new CountDownLatch(1);
    private static final CountDownLatch LEAVE = new CountDownLatch(1);

    private Attendant() {}

    public static void main(String[] arguments) throws InterruptedException {
        Cluster.thisWorker().onRequest(message -> obey(message.text().split(" ")));
        CRASH.await();
        throw new IllegalStateException("told to crash");
    }

    private static String obey(String[] words) {
        try {
            return run(Cluster.thisWorker(), words);
        } catch (IOException | RuntimeException e) {
            return "failed " + e.getClass().getName() + ": " + e.getMessage();
        }
    }

    private static String run(ThisWorker worker, String[] words) throws IOException {
        return switch (words[0]) {
            case "identity" ->
                String.join(
                        " ",
                        String.valueOf(worker.id()),
                        String.valueOf(worker.slot()),
                        String.valueOf(worker.generation()),
                        worker.clusterName());
            case "directory" -> Path.of("").toAbsolutePath().toString();
            case "user" ->
                Files.getAttribute(Path.of("/proc/self"), "unix:uid") + " "
                        + Files.getAttribute(Path.of("/proc/self"), "unix:gid");
            case "ready" -> {
                worker.ready();
                yield "said";
            }
            case "vanish" -> { // saying as its last that it is ready
                worker.ready();
                Runtime.getRuntime().halt(7);
                yield "never said";
            }
            case "draining" -> String.valueOf(worker.isDraining());
            case "exclusive" -> {
                worker.exclusive(Integer.parseInt(words[1]));
                yield "noted";
            }
            case "disconnect" -> {
                worker.disconnect(Duration.ofMillis(Long.parseLong(words[1])));
                yield "asked";
            }
            case "linger" -> { // until told to leave
                worker.onDrain(Attendant::linger);
                yield "hooked";
            }
            case "leave" -> {
                LEAVE.countDown();
                yield "leaving";
            }
            case "crash" -> {
                CRASH.countDown();
                yield "crashing";
            }
            default -> Puppet.result(words);
        };
    }

    private static void linger() {
        try {
            LEAVE.await();
        } catch (InterruptedException e) {
            return; // nobody does
        }
    }
}
