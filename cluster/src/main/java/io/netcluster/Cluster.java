package io.netcluster;

/**
 * What a program can know of the cluster it runs in. Every method may be called by any thread and none blocks.
 *
 * <p>A worker's place is in its system properties: {@code netcluster.slot} (1 to the number of workers, kept when the
 * worker is replaced), {@code netcluster.id} (one incarnation, never used twice), {@code netcluster.generation} and
 * {@code netcluster.name}.
 */
public final class Cluster {
    private Cluster() {}

    /** Whether this process is a worker: one that a primary started, not one that a worker started. */
    public static boolean isWorker() {
        return System.getProperty("netcluster.id") != null;
    }
}
