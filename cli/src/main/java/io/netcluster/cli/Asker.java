package io.netcluster.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Whoever has started this command, and needs what it holds. */
final class Asker {
    private static final Path INPUT = Path.of("/proc/self/fd/0");

    private final Optional<ProcessHandle> parent;

    private Asker(Optional<ProcessHandle> parent) {
        this.parent = parent;
    }

    /** To be called before anything is printed: who has read that may go at once, and another is the parent then. */
    static Asker find() {
        return new Asker(ProcessHandle.current().parent());
    }

    /** Waits until it closes the standard input of this process, or is gone. */
    void awaitGone() {
        CompletableFuture.anyOf(inputClosed(), parentGone()).join();
    }

    /** Completes at the end of input; never, if that is a file or /dev/null, whose end says nothing. */
    private static CompletableFuture<Void> inputClosed() {
        var closed = new CompletableFuture<Void>();
        if (inputCanClose()) {
            Thread.ofPlatform().daemon().name("netcluster-input").start(() -> {
                try {
                    System.in.transferTo(OutputStream.nullOutputStream()); // what is said does not matter
                } catch (IOException e) {
                    // a terminal that is gone
                }
                closed.complete(null);
            });
        }
        return closed;
    }

    private static boolean inputCanClose() {
        try {
            var input = Files.readSymbolicLink(INPUT).toString();
            return input.startsWith("pipe:")
                    || input.startsWith("socket:")
                    || input.startsWith("/dev/pts/")
                    || input.startsWith("/dev/tty")
                    || input.equals("/dev/console");
        } catch (IOException e) {
            return false; // there is none
        }
    }

    /** The launcher has noted the parent, since one that was gone when the JVM had started has been replaced by then. */
    private CompletableFuture<?> parentGone() {
        long noted = Long.getLong("netcluster.parent", 0);
        if (noted != 0 && noted != parent.map(ProcessHandle::pid).orElse(0L).longValue()) {
            return CompletableFuture.completedFuture(null);
        }
        return parent.map(ProcessHandle::onExit).orElseGet(CompletableFuture::new);
    }
}
