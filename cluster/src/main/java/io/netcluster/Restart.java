package io.netcluster;

/** When a slot starts a new worker in the place of one that has ended. */
public enum Restart {
    /** Never: the program forks again itself, if it wants to. */
    NEVER,
    /** When its exit status was not 0, or a signal ended it. */
    ON_FAILURE,
    /** Whatever its exit status. */
    ALWAYS
}
