package io.netcluster.worker;

import java.net.BindException;

/** The primary has died before it answered, and this worker waits for the next one: what was asked may be asked again. */
final class LostLinkException extends BindException {
    private static final long serialVersionUID = 1;

    LostLinkException(String message) {
        super(message);
    }
}
