package io.netcluster.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** A process that is no child is waited for, told signals, and asked how it ended. */
final class PidFdTest {
    /** A process whose parent has gone, so that it is somebody else's child. */
    private static long strangers(String script) throws Exception {
        var shell = new ProcessBuilder("/bin/sh", "-c", "(" + script + ") >/dev/null 2>&1 & echo $!").start();
        try (var out = new BufferedReader(new InputStreamReader(shell.getInputStream(), StandardCharsets.US_ASCII))) {
            long pid = Long.parseLong(out.readLine());
            assertThat(shell.waitFor()).isZero();
            return pid;
        }
    }

    @Test
    void theExitStatusOfAStrangerIsKnown() throws Exception {
        long pid = strangers("sleep 0.3; exit 7");
        try (var process = PidFd.open(pid, Processes.startTime(pid))) {
            process.await();
            assertThat(process.status()).hasValue(7);
        }
    }

    @Test
    void aSignalReachesItAndIsItsStatus() throws Exception {
        long pid = strangers("exec sleep 1000");
        try (var process = PidFd.open(pid, Processes.startTime(pid))) {
            process.signal(9);
            process.await();
            assertThat(process.status()).hasValue(137);
            process.signal(9);
        }
    }

    @Test
    void aNumberThatIsAnothersNowIsRefused() throws Exception {
        long pid = strangers("exec sleep 1000");
        long startTime = Processes.startTime(pid);
        assertThatThrownBy(() -> PidFd.open(pid, startTime + 1)).hasMessageContaining("ESRCH");
        try (var process = PidFd.open(pid, startTime)) {
            process.signal(9);
            process.await();
        }
        assertThat(Processes.startTime(Long.MAX_VALUE)).isZero();
    }
}
