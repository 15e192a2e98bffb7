package io.netcluster;

import java.util.OptionalInt;

/**
 * How a worker's process ended.
 *
 * @param status its exit status; 128 + n if signal n ended it, and also if the JVM ended in an orderly way on one, as it
 *     does on SIGTERM
 */
public record Exit(int status) {
    private static final int SIGNALLED = 128;
    private static final int SIGNALS = 64;

    /** The signal that ended it, if one did: 9 for SIGKILL, 15 for SIGTERM, as signal(7) has them. */
    public OptionalInt signal() {
        return status > SIGNALLED && status <= SIGNALLED + SIGNALS
                ? OptionalInt.of(status - SIGNALLED)
                : OptionalInt.empty();
    }

    /** {@code exit status 1} or {@code signal 9}. */
    @Override
    public String toString() {
        return signal().isPresent() ? "signal " + signal().getAsInt() : "exit status " + status;
    }
}
