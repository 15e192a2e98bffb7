package io.netcluster.worker;

import java.util.concurrent.TimeUnit;

/**
 * What a worker is to do when its primary is gone, as NETCLUSTER_ORPHAN says.
 *
 * @param act what it does in the end
 * @param patience for how many nanoseconds it dials before that; 0 if it does not
 */
record WhenOrphaned(Act act, long patience) {
    /** What a worker does whose primary is gone, and no other comes. */
    enum Act {
        /** Ends as on a SIGTERM. */
        TERMINATE,
        /** Finishes what it has accepted, and ends. */
        DRAIN,
        /** Serves on, alone. */
        STAY
    }

    /** For how long a JVM dials that has never had a primary. */
    private static final long FIRST = TimeUnit.SECONDS.toNanos(30);

    /** By NETCLUSTER_ORPHAN, and NETCLUSTER_ORPHAN_AFTER in seconds. */
    static WhenOrphaned read() {
        var act = System.getenv("NETCLUSTER_ORPHAN");
        var after = System.getenv("NETCLUSTER_ORPHAN_AFTER");
        if ("keep".equals(act)) {
            return new WhenOrphaned(Act.DRAIN, Long.MAX_VALUE);
        }
        boolean waits = after != null && !after.isEmpty();
        return new WhenOrphaned(
                "drain".equals(act) ? Act.DRAIN : "stay".equals(act) ? Act.STAY : Act.TERMINATE,
                waits ? TimeUnit.SECONDS.toNanos(Long.parseLong(after)) : 0);
    }

    /** Whether it dials again. */
    boolean dialsAgain() {
        return patience > 0;
    }

    /** Whether it goes on dialling after so many nanoseconds. */
    boolean goesOn(long nanos, boolean everWelcomed) {
        return nanos < (everWelcomed ? patience : Math.min(patience, FIRST));
    }
}
