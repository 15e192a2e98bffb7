package io.netcluster.cli;

/** What the commands' exit statuses mean; docs/exit-codes.md has it for users. */
final class ExitStatus {
    /** It is done. */
    static final int DONE = 0;

    /** It has failed. */
    static final int FAILED = 1;

    /** The command line or the definition is wrong. */
    static final int WRONG = 2;

    /** No such cluster runs. */
    static final int NOT_RUNNING = 3;

    /** Not now: it runs already, or is being reloaded. */
    static final int REFUSED = 4;

    private ExitStatus() {}
}
