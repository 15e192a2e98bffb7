package io.netcluster.primary;

import java.io.IOException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the primary before this one has left, and what this one leaves to the next, should it be killed: nothing, if the
 * cluster has no name by which that would find it.
 *
 * <p>Confined to the supervisor's thread.
 */
final class Legacy {
    private final @Nullable StateFile file;
    private final SavedState inherited;
    private final Supplier<SavedState> present;

    /**
     * Reads what has been left.
     *
     * @param home the cluster's directories, or null if it has no name
     * @param present tells what the next primary must know now
     * @throws CannotStartException as {@link StateFile#read} does
     */
    Legacy(@Nullable ClusterHome home, Supplier<SavedState> present, Consumer<String> complain) throws IOException {
        this.file = home == null ? null : new StateFile(home, complain);
        this.inherited = file == null ? SavedState.NOTHING : file.read();
        this.present = present;
    }

    SavedState inherited() {
        return inherited;
    }

    /** Leaves what is so now. */
    void save() {
        if (file != null) {
            file.write(present.get());
        }
    }

    /** Leaves what is so now and a worker that is about to be started: its primary may die before it has a process. */
    void save(SavedWorker starting) {
        if (file != null) {
            file.write(present.get().with(starting));
        }
    }

    /** The cluster has ended: there is nothing to be left. */
    void remove() {
        if (file != null) {
            file.remove();
        }
    }
}
