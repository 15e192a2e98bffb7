package io.netcluster.primary;

import java.io.IOException;

/** What was asked for cannot be started; the message tells the user why and what to do. */
public class CannotStartException extends IOException {
    private static final long serialVersionUID = 1;

    CannotStartException(String message) {
        super(message);
    }
}
