package io.netcluster.worker;

import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * JDK classes that a worker of this cluster has woven, kept in the link's directory for those that come after it.
 *
 * <p>Weaving in a JVM that has just started is slow, for the library that does it runs cold. The directory is the
 * primary's, of mode 0700, and goes when the cluster stops. A class is known by its name and by a checksum of its bytes, so a
 * JDK that was replaced meanwhile is woven anew.
 */
final class WovenClasses {
    private final File directory;
    private final long worker;

    /**
     * Classes in a directory that this user alone may write to.
     *
     * @param worker the id of the worker that may add to them
     */
    WovenClasses(File directory, long worker) {
        this.directory = directory;
        this.worker = worker;
    }

    /** The woven form of a class, if it is there. */
    byte @Nullable [] find(String name, byte[] original) {
        var file = file(name, original);
        if (file.exists()) {
            try (var in = new FileInputStream(file)) {
                return in.readAllBytes();
            } catch (IOException e) {
                return null; // the cluster has ended meanwhile: this worker weaves for itself
            }
        }
        return null;
    }

    /** Keeps the woven form of a class; it appears as a whole or not at all. */
    void keep(String name, byte[] original, byte[] woven) {
        try {
            var whole = file(name, original);
            var part = new File(whole.getPath() + "." + worker);
            try (var out = new FileOutputStream(part)) {
                OwnersFile.close(part);
                out.write(woven);
            }
            if (!part.renameTo(whole)) {
                throw new IOException("cannot rename " + part);
            }
        } catch (IOException e) {
            return; // a full disk, or a cluster that has ended: those who come after weave for themselves
        }
    }

    private File file(String name, byte[] original) {
        var sum = new CRC32();
        sum.update(original);
        return new File(
                directory,
                "woven-" + name.replace('/', '.') + "-" + original.length + "-" + Long.toHexString(sum.getValue()));
    }
}
