package io.netcluster.primary;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.ObjIntConsumer;

/** Makes workers: starts their processes, copies what they print, and waits for their end. */
final class Workshop {
    private static final int TOKEN_BYTES = 32;
    private static final String GENERATION = "1";
    private static final long LAST_WORDS_MILLIS = 500;

    private final Definition definition;
    private final Program program;
    private final Path link;
    private final Console console;
    private final SecureRandom random = new SecureRandom();
    private long lastId;

    Workshop(Definition definition, Program program, Path link, Console console) {
        this.definition = definition;
        this.program = program;
        this.link = link;
        this.console = console;
    }

    /**
     * Starts a worker.
     *
     * @param exited told the worker's exit status, by a thread of its own, once what it printed has been copied
     */
    Worker start(int slot, ObjIntConsumer<Worker> exited) throws IOException {
        long id = ++lastId;
        var token = HexFormat.of().formatHex(random.generateSeed(TOKEN_BYTES));
        var process = program.process(
                        slot,
                        Map.of(
                                "NETCLUSTER_LINK", link.toString(),
                                "NETCLUSTER_TOKEN", token,
                                "NETCLUSTER_SLOT", String.valueOf(slot),
                                "NETCLUSTER_ID", String.valueOf(id),
                                "NETCLUSTER_GENERATION", GENERATION,
                                "NETCLUSTER_NAME", definition.name()))
                .start();
        var worker = new Worker(id, slot, token, process, program.isJava());
        var out = spawn("netcluster-out-" + id, () -> console.copy(process.getInputStream(), false, slot));
        var err = spawn("netcluster-err-" + id, () -> console.copy(process.getErrorStream(), true, slot));
        spawn("netcluster-wait-" + id, () -> {
            try {
                int status = process.waitFor();
                // a grandchild that holds the pipes open is not waited for
                out.join(LAST_WORDS_MILLIS);
                err.join(LAST_WORDS_MILLIS);
                exited.accept(worker, status);
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts this thread", e);
            }
        });
        return worker;
    }

    private static Thread spawn(String name, Runnable task) {
        var thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }
}
