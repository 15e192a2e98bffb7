package io.netcluster;

import java.io.IOException;
import java.util.List;

/** A worker that was to replace another has died, or was not ready in time. The other one serves on. */
public final class ReloadFailedException extends IOException {
    private static final long serialVersionUID = 1;
    private final transient List<String> lastLines;

    ReloadFailedException(String why, List<String> lastLines) {
        super(why);
        this.lastLines = lastLines;
    }

    /**
     * What that worker printed last, oldest line first; nothing, if it printed where the primary prints, or the program
     * reads it.
     */
    public List<String> lastLines() {
        return lastLines;
    }
}
