package io.netcluster.primary;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.function.ObjIntConsumer;

/** Makes workers: starts their processes, copies what they print, and waits for their end. */
final class Workshop {
    private static final int TOKEN_BYTES = 32;
    private static final String GENERATION = "1";
    private static final long LAST_WORDS_MILLIS = 500;

    private final Definition definition;
    private final Program program;
    private final LinkServer links;
    private final Console console;
    private final SecureRandom random = new SecureRandom();
    private long lastId;

    Workshop(Definition definition, Program program, LinkServer links, Console console) {
        this.definition = definition;
        this.program = program;
        this.links = links;
        this.console = console;
    }

    /**
     * Starts a worker.
     *
     * @param exited told the worker's exit status, by a thread of its own, once what it printed has been copied
     */
    Worker start(int slot, ObjIntConsumer<Worker> exited) throws CannotStartException, IOException {
        long id = ++lastId;
        var token = HexFormat.of().formatHex(random.generateSeed(TOKEN_BYTES));
        var environment = new HashMap<>(links.environment());
        environment.put("NETCLUSTER_TOKEN", token);
        environment.put("NETCLUSTER_SLOT", String.valueOf(slot));
        environment.put("NETCLUSTER_ID", String.valueOf(id));
        environment.put("NETCLUSTER_GENERATION", GENERATION);
        environment.put("NETCLUSTER_NAME", definition.name());
        var process = program.process(slot, definition.settings(), environment).start();
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
