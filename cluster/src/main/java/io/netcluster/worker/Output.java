package io.netcluster.worker;

import io.netcluster.sys.Descriptors;
import java.io.IOException;

/** What the JVM prints, and where it goes. */
final class Output {
    private static final int STDOUT = 1;
    private static final int STDERR = 2;

    private Output() {}

    /** Goes on in other files; if they cannot be opened, all stays as it is, and standard error tells why. */
    static void reopen(String out, String err) {
        try {
            int first = Descriptors.append(out);
            try {
                int second = Descriptors.append(err);
                try {
                    Descriptors.replaceStandard(first, STDOUT);
                    Descriptors.replaceStandard(second, STDERR);
                } finally {
                    Descriptors.close(second);
                }
            } finally {
                Descriptors.close(first);
            }
        } catch (IOException e) {
            System.err.println("netcluster: this worker's output stays where it goes now: " + e.getMessage());
        }
    }
}
