package io.netcluster.primary;

import java.util.List;

/** What has become of a change to a cluster: a reload, a restart, or another number of workers. */
public sealed interface ChangeResult {
    /**
     * It is complete.
     *
     * @param generation which all workers are of now
     */
    record Done(int generation) implements ChangeResult {}

    /**
     * It has been given up. What had been done before stays done, and what had not been begun is as it was.
     *
     * @param slot whose worker it failed at, or 0 if none was to blame
     * @param why a sentence
     * @param lastLines what that worker printed last
     */
    record Failed(int slot, String why, List<String> lastLines) implements ChangeResult {}

    /**
     * Nothing was begun.
     *
     * @param why a sentence
     */
    record Refused(String why) implements ChangeResult {}
}
