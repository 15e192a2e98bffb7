package io.netcluster.worker;

import io.netcluster.sys.PortRange;
import io.netcluster.wire.PortRule;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
 * @param pid this process, as /proc has it
 * @param own ports that are each worker's own
 * @param port0 what port 0 means, rule by rule
 * @param range where port 0's ports are to be, or null for the system's range
 * @param answerTimeout how long the primary may take to answer
 */
record Identity(
        File link,
        String token,
        long worker,
        long pid,
        List<PortRange> own,
        List<PortRule> port0,
        @Nullable PortRange range,
        Duration answerTimeout) {
    /** Names of what the program may know of itself. */
    static final List<String> PUBLISHED = List.of("SLOT", "ID", "GENERATION", "NAME");

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
        var link = new File(environment("LINK"));
        long worker = Long.parseLong(environment("ID"));
        // not by ProcessHandle, whose first use takes longer than all of this
        var pid = new File("/proc/self").getCanonicalFile().getName();
        if (!claim(new File(link.getParentFile(), "claim-" + worker), pid)) {
            return null;
        }
        for (var name : PUBLISHED) {
            System.setProperty("netcluster." + name.toLowerCase(java.util.Locale.ROOT), environment(name));
        }
        var range = ranges(environment("PORT0_RANGE"));
        return new Identity(
                link,
                environment("TOKEN"),
                worker,
                Long.parseLong(pid),
                ranges(environment("OWN")),
                PortRule.parseAll(environment("PORT0")),
                range.isEmpty() ? null : range.getFirst(),
                Duration.ofMillis(Long.getLong("netcluster.answerTimeoutMillis", 5_000)));
    }

    private static boolean claim(File file, String pid) throws IOException {
        if (!file.getParentFile().exists()) {
            return false; // the cluster has ended
        }
        if (file.createNewFile()) {
            OwnersFile.close(file);
            try (var out = new FileOutputStream(file)) {
                out.write(pid.getBytes(StandardCharsets.US_ASCII));
            }
            return true;
        }
        String claimant;
        try (var in = new FileInputStream(file)) {
            claimant = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        }
        if (claimant.isEmpty() || new File("/proc", claimant).exists()) {
            return false;
        }
        return file.delete() && claim(file, pid);
    }

    private static List<PortRange> ranges(String text) {
        var ranges = new ArrayList<PortRange>();
        for (var range : text.split(",")) {
            if (!range.isEmpty()) {
                ranges.add(PortRange.parse(range));
            }
        }
        return ranges;
    }

    /** A variable that the primary has set. */
    static String environment(String name) {
        var value = System.getenv("NETCLUSTER_" + name);
        if (value == null) {
            throw new IllegalStateException("NETCLUSTER_" + name + " is missing in the environment");
        }
        return value;
    }
}
