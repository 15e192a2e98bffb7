package io.netcluster.primary;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Waits for what another thread finds out. */
final class Results {
    private Results() {}

    /** What the future is completed with; its IOException or RuntimeException is thrown. */
    static <T> T of(CompletableFuture<T> future) throws IOException, InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException io -> throw io;
                case RuntimeException wrong -> throw wrong;
                case null, default -> throw new AssertionError(e);
            }
        }
    }
}
