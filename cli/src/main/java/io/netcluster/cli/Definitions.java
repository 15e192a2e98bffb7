package io.netcluster.cli;

import io.netcluster.primary.Definition;
import io.netcluster.primary.Settings.Orphan;

/** Makes of a configuration what the primary goes by. */
final class Definitions {
    private Definitions() {}

    static Definition of(Configuration from, Orphan orphan) {
        return new Definition(
                from.name() == null ? "netcluster" : from.name(),
                from.workers(),
                from.command(),
                from.restart(),
                from.stopTimeout(),
                from.own(),
                from.port0(),
                from.port0Range(),
                from.fit());
    }
}
