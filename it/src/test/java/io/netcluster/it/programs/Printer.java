package io.netcluster.it.programs;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Prints so many numbered lines on both streams, by two threads, and then perhaps something without an end. */
public final class Printer {
    private Printer() {}

    public static void main(String[] arguments) throws InterruptedException {
        int lines = Integer.parseInt(arguments[0]);
        var out = Thread.ofPlatform().start(() -> print(System.out, "out", lines));
        print(System.err, "err", lines);
        out.join();
        if (arguments.length > 1) {
            System.out.print(arguments[1]);
            System.out.flush();
        }
    }

    private static void print(PrintStream stream, String name, int lines) {
        for (int i = 0; i < lines; i++) {
            var line = (name + " " + i + " " + "\u00e9".repeat(50) + "\n").getBytes(StandardCharsets.UTF_8);
            // in two pieces, which may come apart on the way
            stream.write(line, 0, 3);
            stream.flush();
            stream.write(line, 3, line.length - 3);
            stream.flush();
        }
    }
}
