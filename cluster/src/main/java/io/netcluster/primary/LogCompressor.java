package io.netcluster.primary;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.zip.GZIPOutputStream;

/** Compresses files that nobody writes to any more. Whatever happens, one of the two is there, whole. */
final class LogCompressor {
    private static final int CHUNK = 64 * 1024;

    private LogCompressor() {}

    /**
     * Puts a gzip file in place of a file. An interrupt ends it, and leaves all as it was.
     *
     * @param part where it is made
     * @param target its name when it is complete
     * @throws IOException if that cannot be done, for want of room perhaps; then all is as it was
     */
    static void replace(Path source, Path part, Path target) throws IOException {
        try {
            Files.deleteIfExists(part);
            long size = write(source, part);
            if (Files.size(source) != size) {
                throw new IOException(source + " has been written to while it was being compressed");
            }
            Files.setLastModifiedTime(part, Files.getLastModifiedTime(source));
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            Files.deleteIfExists(part);
            throw e;
        }
        Files.delete(source);
    }

    private static long write(Path source, Path part) throws IOException {
        var options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        long size = 0;
        try (var in = Files.newInputStream(source);
                var file = FileChannel.open(part, options, mode)) {
            var out = new GZIPOutputStream(new BufferedOutputStream(Channels.newOutputStream(file), CHUNK), CHUNK);
            var chunk = new byte[CHUNK];
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                if (Thread.interrupted()) {
                    throw new InterruptedIOException("the cluster has ended");
                }
                out.write(chunk, 0, n);
                size += n;
            }
            out.finish();
            out.flush();
            file.force(true); // a power cut must not leave it empty, with the other one gone
        }
        return size;
    }
}
