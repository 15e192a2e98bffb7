package io.netcluster.sys;

/** What Java's own process API leaves out. */
public final class Processes {
    private static final int WNOHANG = 1; // linux/wait.h

    private Processes() {}

    /** Sends a signal; a process that is gone is no error. */
    public static void signal(long pid, int signal) {
        Linux.call(SystemCall.KILL, pid, signal, 0);
    }

    /** Takes a dead child out of the process table; returns whether it was one, and dead. Does not block. */
    public static boolean reap(long pid) {
        return Linux.call(SystemCall.WAIT4, pid, 0, WNOHANG) == pid;
    }
}
