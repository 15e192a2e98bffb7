package io.netcluster;

/** What a worker does when its primary is gone. */
public enum WhenPrimaryDies {
    /** Finishes what it has accepted, for 30 seconds at most, and exits with 0. */
    DRAIN,
    /** Serves on, alone: it can open ports of its own, and none that would be shared. */
    STAY
}
