package io.netcluster.sys;

import java.io.IOException;

/** A system call that failed: {@code operation(arguments): ERRNO text}. */
public final class ErrnoException extends IOException {
    private static final long serialVersionUID = 1;

    private final int errno;

    ErrnoException(String operation, int errno) {
        super(operation + ": " + Errno.name(errno) + " " + Errno.text(errno));
        this.errno = errno;
    }

    /** The kernel's error number. */
    public int errno() {
        return errno;
    }

    /** Whether it is this one. */
    public boolean is(Errno other) {
        return errno == other.number();
    }
}
