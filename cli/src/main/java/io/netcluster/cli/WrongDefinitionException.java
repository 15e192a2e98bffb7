package io.netcluster.cli;

import java.util.List;

/** A definition cannot be used; the message is a line for each thing that is wrong with it. */
final class WrongDefinitionException extends Exception {
    private static final long serialVersionUID = 1;

    WrongDefinitionException(List<String> problems) {
        super(String.join("\n", problems));
    }

    /** One line for each thing that is wrong. */
    List<String> problems() {
        return message().lines().toList();
    }

    private String message() {
        var message = getMessage();
        return message == null ? "" : message;
    }
}
