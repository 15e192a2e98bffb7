package io.netcluster.wire;

/**
 * Whether to look again and again for what may come at once, instead of sleeping until it is there.
 *
 * <p>To be woken takes longer than all else that a message takes, and who answers at once is best awaited awake: where
 * both ends do so, a round trip takes about half the time. But a processor is somebody else's to use. So what comes at
 * once makes the next wait one that looks; what comes late makes three waits of four sleep; and each time that nothing
 * comes, twice as many waits sleep before the next one that looks. For one thread.
 */
final class Spin {
    private static final long AT_ONCE_NANOS = 20_000;
    private static final long LATE_NANOS = 60_000; // a peer that sleeps needs longer
    private static final int AFTER_LATE = 3;
    private static final int AFTER_NOTHING = 1024;
    private static final boolean ALONE = Runtime.getRuntime().availableProcessors() == 1;

    private int asleep; // how many waits are to sleep between two that look
    private int slept;
    private long begun;

    /** Whether this wait is one that looks, as long as {@link #goesOn} says. */
    boolean begins() {
        if (ALONE || slept++ < asleep) {
            return false;
        }
        slept = 0;
        begun = System.nanoTime();
        return true;
    }

    /** Nothing is there: whether to look once more. Whoever else wants the processor has it first. */
    @SuppressWarnings("ThreadPriorityCheck") // no order depends on it
    boolean goesOn() {
        Thread.yield();
        if (System.nanoTime() - begun < LATE_NANOS) {
            return true;
        }
        asleep = Math.min(AFTER_NOTHING, 2 * asleep + 1);
        return false;
    }

    /** Something has come. */
    void succeeded() {
        boolean atOnce = System.nanoTime() - begun < AT_ONCE_NANOS;
        asleep = atOnce ? 0 : Math.min(AFTER_LATE, 2 * asleep + 1);
    }
}
