package io.netcluster.worker;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which worker this JVM is, as the primary put it into the environment.
 *
 * @param link the path of the primary's link socket
 * @param token the secret that proves it
 * @param worker the worker's id
 * @param own ports that are each worker's own
 * @param answerTimeout how long the primary may take to answer
 */
record Identity(Path link, String token, long worker, List<PortRange> own, Duration answerTimeout) {
    /** Ports from first to last, both included. */
    record PortRange(int first, int last) {
        boolean contains(int port) {
            return first <= port && port <= last;
        }
    }

    private static final List<String> PUBLISHED = List.of("SLOT", "ID", "GENERATION", "NAME");

    /**
     * Claims the identity in the environment for this JVM.
     *
     * <p>The environment is inherited, so a JVM that the worker starts sees it too, and so does each JVM of a start
     * script. The first one that is alive is the worker: it leaves its pid in a file beside the link. A script's
     * {@code java -version} does the same and dies, and the next one takes over.
     *
     * @return null if another JVM is this worker, or the cluster is gone
     */
    static @Nullable Identity claim() throws IOException {
        var link = Path.of(environment("LINK"));
        long worker = Long.parseLong(environment("ID"));
        if (!claim(link.resolveSibling("claim-" + worker))) {
            return null;
        }
        for (var name : PUBLISHED) {
            System.setProperty("netcluster." + name.toLowerCase(java.util.Locale.ROOT), environment(name));
        }
        return new Identity(
                link,
                environment("TOKEN"),
                worker,
                ranges(environment("OWN")),
                Duration.ofMillis(Long.getLong("netcluster.answerTimeoutMillis", 5_000)));
    }

    private static boolean claim(Path file) throws IOException {
        try {
            Files.writeString(Files.createFile(file), String.valueOf(ProcessHandle.current().pid()));
            return true;
        } catch (NoSuchFileException e) {
            return false; // the cluster has ended
        } catch (FileAlreadyExistsException e) {
            var claimant = Files.readString(file);
            if (claimant.isEmpty() || ProcessHandle.of(Long.parseLong(claimant)).isPresent()) {
                return false;
            }
            Files.deleteIfExists(file);
            return claim(file);
        }
    }

    private static List<PortRange> ranges(String text) {
        var ranges = new ArrayList<PortRange>();
        for (var range : text.split(",")) {
            if (!range.isEmpty()) {
                var bounds = range.split("-");
                ranges.add(new PortRange(Integer.parseInt(bounds[0]), Integer.parseInt(bounds[bounds.length - 1])));
            }
        }
        return ranges;
    }

    private static String environment(String name) {
        var value = System.getenv("NETCLUSTER_" + name);
        if (value == null) {
            throw new IllegalStateException("NETCLUSTER_" + name + " is missing in the environment");
        }
        return value;
    }
}
