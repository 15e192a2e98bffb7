package io.netcluster.worker;

import java.io.File;

/** A file that is its owner's alone, whatever the umask is; with java.io, as java.nio.file takes a cold JVM long to load. */
final class OwnersFile {
    private OwnersFile() {}

    /** Takes it from all others; to be called before there is anything in it. */
    static void close(File file) {
        boolean shut = file.setReadable(false, false) && file.setWritable(false, false);
        boolean open = file.setReadable(true, true) && file.setWritable(true, true);
        assert shut && open : file; // its directory is the owner's alone anyway
    }
}
