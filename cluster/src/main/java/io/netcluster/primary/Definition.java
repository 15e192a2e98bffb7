package io.netcluster.primary;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What a cluster runs, and how.
 *
 * @param name the cluster's name, which workers see
 * @param workers how many workers, at least 1
 * @param command what was asked to be run: a jar, java options and a class, or a program
 * @param restart when a worker is started again
 * @param stopTimeout how long workers may take to stop
 * @param own ports that are each worker's own
 * @param fit whether the workers' heaps are to be fitted to one machine
 */
public record Definition(
        String name,
        int workers,
        List<String> command,
        RestartPolicy restart,
        Duration stopTimeout,
        List<PortRange> own,
        boolean fit) {

    /** netcluster's jar, which is also the agent. */
    static Path jar() {
        try {
            return Path.of(Definition.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError("a class loader gave what is no URI", e);
        }
    }
}
