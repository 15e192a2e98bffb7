package io.netcluster.cli;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/** How a command answers: in words, or in lines of JSON. */
final class Output {
    @Option(names = "--json", description = "Answers in JSON, an object per line.")
    private boolean json;

    boolean isJson() {
        return json;
    }

    /** Prints a line of JSON. */
    void json(ObjectNode line) {
        System.out.println(line);
    }

    /** Prints a line of text, unless JSON is wanted. */
    void text(String line) {
        if (!json) {
            System.out.println(line);
        }
    }

    /**
     * Shows an answer as it comes, to its end.
     *
     * @return its last line, which is printed already if JSON is wanted; null if there is none
     */
    @Nullable
    ObjectNode show(AdminClient client) throws IOException {
        for (var line = client.next(); line != null; line = client.next()) {
            if (json) {
                System.out.println(line);
            }
            if (line.has("exit")) {
                return line;
            }
            var text = EventText.of(line);
            if (!json && text != null) {
                System.out.println(text);
            }
        }
        return null;
    }

    /** Shows the answer to a change, and returns its exit status. */
    int change(Target target, AdminRequest request, String done) throws IOException, CommandFailedException {
        try (var client = target.ask(request)) {
            var last = show(client);
            if (last == null) {
                throw target.gone();
            }
            int status = last.path("exit").asInt(ExitStatus.FAILED);
            if (!json) {
                if (last.has("error")) {
                    complain(last);
                } else {
                    System.out.println(
                            done.replace("GENERATION", last.path("generation").asString("")));
                }
            }
            return status;
        }
    }

    private static void complain(ObjectNode last) {
        last.path("error").asString("").lines().forEach(line -> System.err.println("netcluster: " + line));
        if (!last.path("lines").isEmpty()) {
            System.err.println("netcluster: worker " + last.path("slot").asInt(0) + " printed last:");
            last.path("lines").forEach(line -> System.err.println("  " + line.asString()));
        }
    }
}
