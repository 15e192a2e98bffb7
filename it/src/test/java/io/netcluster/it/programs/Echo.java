package io.netcluster.it.programs;

import io.netcluster.Cluster;
import io.netcluster.WorkerOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/** Prints each line of standard input on both its streams; {@code fork}: does so in a worker that inherits all three. */
public final class Echo {
    private Echo() {}

    public static void main(String[] arguments) throws Exception {
        if (Cluster.isPrimary() && arguments.length > 0) {
            try (var cluster = Cluster.open()) {
                cluster.fork(WorkerOptions.defaults().stdin(ProcessBuilder.Redirect.INHERIT));
                cluster.awaitExit();
            }
        } else {
            echo();
        }
    }

    private static void echo() throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (var line = in.readLine(); line != null; line = in.readLine()) {
            System.out.println("out " + line);
            System.err.println("err " + line);
        }
    }
}
