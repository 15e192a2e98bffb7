package io.netcluster.it.programs;

import io.netcluster.Cluster;
import io.netcluster.ClusterOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Opens and closes clusters, of itself and of /bin/true, and says before and after how many descriptors it has, which
 * children, and which threads of netcluster's: {@code <of itself> <of /bin/true>}.
 */
public final class OpenAndClose {
    private OpenAndClose() {}

    public static void main(String[] arguments) throws Exception {
        if (Cluster.isWorker()) {
            var _ = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
            Thread.currentThread().join();
        }
        // what the first cluster makes for all that follow
        openAndClose(ClusterOptions.defaults(), true);
        awaitThreads();
        say("before");
        for (int i = 0; i < Integer.parseInt(arguments[0]); i++) {
            openAndClose(ClusterOptions.defaults(), true);
        }
        for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
            openAndClose(ClusterOptions.defaults().command("/bin/true"), false);
        }
        awaitThreads();
        say("after");
    }

    private static void openAndClose(ClusterOptions options, boolean listens) throws Exception {
        try (var cluster = Cluster.open(options)) {
            cluster.onEvent(_ -> {});
            var worker = cluster.fork();
            if (listens) {
                worker.ready().get();
            }
        }
    }

    /** Those that are ending have nothing to wait for. */
    private static void awaitThreads() throws InterruptedException {
        for (var thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("netcluster")) {
                thread.join(5_000);
            }
        }
    }

    private static void say(String when) throws IOException {
        try (Stream<Path> numbers = Files.list(Path.of("/proc/self/fd"))) {
            System.out.println(when + " " + numbers.count() + " descriptors, "
                    + ProcessHandle.current().children().toList() + ", "
                    + Thread.getAllStackTraces().keySet().stream()
                            .map(Thread::getName)
                            .filter(name -> name.startsWith("netcluster"))
                            .toList());
        }
    }
}
