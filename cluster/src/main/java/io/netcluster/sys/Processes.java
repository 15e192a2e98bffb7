package io.netcluster.sys;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What Java's own process API leaves out. */
public final class Processes {
    private static final int START_TIME = 22 - 3; // proc_pid_stat(5), as the fields are counted here
    private static final int WNOHANG = 1; // linux/wait.h

    private Processes() {}

    /** Sends a signal; a process that is gone is no error. */
    public static void signal(long pid, int signal) {
        Linux.call(SystemCall.KILL, pid, signal, 0);
    }

    /**
     * Makes this process the leader of a session, without a controlling terminal: what happens to the terminal, and to the
     * group, of whoever started it is nothing to it any more. One that leads its group already stays where it is (setsid(2)).
     */
    public static void startSession() {
        Linux.call(SystemCall.SETSID, 0, 0, 0);
    }

    /** Whether this process has a controlling terminal; by proc_pid_stat(5), tty_nr is the fifth behind the name. */
    public static boolean hasTerminal() {
        try {
            var stat = Files.readString(Path.of("/proc/self/stat"), StandardCharsets.ISO_8859_1);
            return !stat.substring(stat.lastIndexOf(')') + 2).split(" ", 6)[4].equals("0");
        } catch (IOException e) {
            return false; // without /proc
        }
    }

    /** Whether a process has ended; its parent need not have heard of it yet (proc_pid_stat(5)). */
    public static boolean hasEnded(long pid) {
        try {
            var stat = Files.readString(Path.of("/proc", String.valueOf(pid), "stat"), StandardCharsets.ISO_8859_1);
            char state = stat.charAt(stat.lastIndexOf(')') + 2);
            return state == 'Z' || state == 'X';
        } catch (IOException e) {
            return true; // ENOENT or, if it ended as we read, ESRCH
        }
    }

    /** Whether a process has been stopped, by a signal or by who traces it (proc_pid_stat(5)). */
    public static boolean isStopped(long pid) {
        var fields = fields(pid);
        return fields.length > 0 && (fields[0].equals("T") || fields[0].equals("t"));
    }

    /** How many bytes of memory a process has in use, or -1 if there is none (VmRSS in proc_pid_status(5)). */
    public static long residentBytes(long pid) {
        try {
            for (var line :
                    Files.readAllLines(Path.of("/proc", String.valueOf(pid), "status"), StandardCharsets.ISO_8859_1)) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) << 10; // kB
                }
            }
            return -1; // it has ended, and is not gone yet
        } catch (IOException e) {
            return -1;
        }
    }

    /**
     * When a process was started, in clock ticks since the machine was (proc_pid_stat(5)): a number that comes again is
     * another process's then.
     *
     * @return 0 if there is none
     */
    public static long startTime(long pid) {
        var fields = fields(pid);
        return fields.length == 0 ? 0 : Long.parseLong(fields[START_TIME]);
    }

    /** The fields of /proc/PID/stat from the third on, the state; none if there is no such process. */
    static String[] fields(long pid) {
        try {
            var stat = Files.readString(Path.of("/proc", String.valueOf(pid), "stat"), StandardCharsets.ISO_8859_1);
            return stat.substring(stat.lastIndexOf(')') + 2).trim().split(" ");
        } catch (IOException e) {
            return new String[0];
        }
    }

    /** Takes a dead child out of the process table; returns whether it was one, and dead. Does not block. */
    public static boolean reap(long pid) {
        return Linux.call(SystemCall.WAIT4, pid, 0, WNOHANG) == pid;
    }
}
