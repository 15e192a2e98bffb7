package io.netcluster.primary;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The files that the workers of a background cluster print to: {@code worker-SLOT.out} and {@code worker-SLOT.err}.
 *
 * <p>A worker has them open itself and appends, so that they outlive the primary, and its replacement goes on in them.
 */
final class SlotLogs {
    private SlotLogs() {}

    /** The settings with the slot's files in place of standard output and error, which are made if they are missing. */
    static Settings redirect(Settings settings, int slot) throws IOException {
        var directory = settings.logs();
        if (directory == null) {
            return settings;
        }
        var out = Redirect.appendTo(
                made(directory.resolve("worker-" + slot + ".out")).toFile());
        var err = Redirect.appendTo(
                made(directory.resolve("worker-" + slot + ".err")).toFile());
        return settings.with(draft -> {
            draft.stdout = out;
            draft.stderr = err;
        });
    }

    private static Path made(Path file) throws IOException {
        try {
            return Files.createFile(
                    file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException e) {
            return file;
        }
    }
}
