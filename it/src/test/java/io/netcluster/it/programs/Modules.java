package io.netcluster.it.programs;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;

/**
 * Modules that know nothing of each other, each with a server on port 0 that answers with its name and slot. Workers of
 * even slots start them in the opposite order, and without the first that is named.
 *
 * <p>Arguments: the modules' names. Each prints its name and its port.
 */
public final class Modules {
    private Modules() {}

    public static void main(String[] arguments) throws IOException {
        int slot = Integer.parseInt(System.getProperty("netcluster.slot"));
        var names = Arrays.asList(arguments);
        if (slot % 2 == 0) {
            Collections.reverse(names);
        }
        for (var name : slot % 2 == 0 ? names.subList(0, names.size() - 1) : names) {
            var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
            Thread.ofPlatform().start(() -> serve(server, name + " of " + slot));
            System.out.println(name + " on " + server.getLocalPort());
        }
    }

    private static void serve(ServerSocket server, String answer) {
        try {
            while (true) {
                try (var connection = server.accept()) {
                    connection.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
