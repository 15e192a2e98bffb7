package io.netcluster.primary;

import io.netcluster.sys.PortRange;
import io.netcluster.wire.PortRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a cluster runs, and how.
 *
 * @param name the cluster's name, which workers see
 * @param workers how many workers; at least 1 if heaps are fitted
 * @param command what was asked to be run: a jar, java options and a class, or a program; empty for
 *     what this process runs itself
 * @param settings how workers are run where nothing else is said
 * @param own ports that are each worker's own
 * @param port0 what port 0 means, rule by rule
 * @param port0Range where port 0's ports are to be, or null for the system's range
 * @param fit whether the workers' heaps are to be fitted to one machine
 */
public record Definition(
        String name,
        int workers,
        List<String> command,
        Settings settings,
        List<PortRange> own,
        List<PortRule> port0,
        @Nullable PortRange port0Range,
        boolean fit) {
    /** The same for another number of workers. */
    Definition withWorkers(int number) {
        return new Definition(name, number, command, settings, own, port0, port0Range, fit);
    }
}
