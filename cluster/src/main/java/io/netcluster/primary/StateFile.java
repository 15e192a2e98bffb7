package io.netcluster.primary;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The file by which a primary that is killed hands its workers on to the next one.
 *
 * <p>It is replaced as a whole, by rename(2), so that it is never half written; it need not survive the machine, which no
 * worker does either.
 */
final class StateFile {
    private static final String NAME = "state";
    private static final long LONGEST = 1 << 20;

    private final ClusterHome home;
    private final Consumer<String> complain;
    private @Nullable SavedState written;
    private boolean failing;

    StateFile(ClusterHome home, Consumer<String> complain) {
        this.home = home;
        this.complain = complain;
    }

    /**
     * What the last primary has left; nothing if there is none, or if it cannot be read and no worker is left either.
     *
     * @throws CannotStartException if it cannot be read while workers live, which would be lost; or if it is not this
     *     user's
     */
    SavedState read() throws IOException {
        var file = home.ownFile(NAME);
        if (file == null) {
            requireNobody("the file " + home.runtime().resolve(NAME) + " is gone");
            return SavedState.NOTHING;
        }
        try {
            if (Files.size(file) > LONGEST) {
                throw new IllegalArgumentException("it is longer than " + LONGEST + " bytes");
            }
            return SavedState.parse(Files.readString(file));
        } catch (IOException | IllegalArgumentException e) {
            requireNobody("the file " + file + " cannot be read: " + e.getMessage());
            complain.accept(file + " cannot be read, and no worker is left that it could speak of: " + e.getMessage());
            return SavedState.NOTHING;
        }
    }

    private void requireNobody(String why) throws CannotStartException {
        var left = AdoptedProcess.with("NETCLUSTER_LINK=" + home.runtime().resolve("link"));
        if (left != null) {
            throw new CannotStartException("workers of the cluster " + home.name() + " live, process " + left.pid()
                    + " among them, and " + why + ", so that they cannot be adopted; end them first");
        }
    }

    /** Writes it, if it has changed; whoever runs the cluster is told once if it cannot be written. */
    void write(SavedState state) {
        if (state.equals(written)) {
            return;
        }
        try {
            var part = home.runtime().resolve(NAME + ".part");
            Files.deleteIfExists(part);
            Files.createFile(part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(part, state.format());
            Files.move(part, path(), StandardCopyOption.ATOMIC_MOVE);
            written = state;
            failing = false;
        } catch (IOException e) {
            if (!failing) {
                complain.accept("cannot write " + path() + ": " + e + "; if this primary is killed now, the next one"
                        + " cannot adopt its workers");
            }
            failing = true;
        }
    }

    /** No worker is left. */
    void remove() {
        try {
            Files.deleteIfExists(path());
        } catch (IOException e) {
            complain.accept("cannot remove " + path() + ": " + e);
        }
    }

    private Path path() {
        return home.runtime().resolve(NAME);
    }
}
