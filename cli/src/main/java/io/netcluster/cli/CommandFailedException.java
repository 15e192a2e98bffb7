package io.netcluster.cli;

/** A command cannot do what it was asked: the message says why and what to do, the status is what it exits with. */
final class CommandFailedException extends Exception {
    private static final long serialVersionUID = 1;

    private final int status;

    CommandFailedException(int status, String message) {
        super(message);
        this.status = status;
    }

    int status() {
        return status;
    }
}
