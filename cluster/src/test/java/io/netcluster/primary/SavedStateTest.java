package io.netcluster.primary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netcluster.sys.Processes;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What one primary writes the next one reads, or nothing of it. */
final class SavedStateTest {
    private static final SavedWorker READY = new SavedWorker(
            7, 2, 2, 3, "abc", 4711, 99, true, ClusterStatus.Role.OCCUPANT, ClusterStatus.State.READY, false, 0, 5, 1);
    private static final SavedWorker LEAVER = new SavedWorker(
            6, 2, 1, 2, "def", 0, 0, false, ClusterStatus.Role.LEAVER, ClusterStatus.State.DRAINING, true, 8_000, 4, 0);
    private static final SavedState STATE = new SavedState(3, 4, 9, List.of(READY, LEAVER));

    @Test
    void whatIsWrittenIsRead() {
        assertThat(SavedState.parse(STATE.format())).isEqualTo(STATE);
        assertThat(SavedState.parse(SavedState.NOTHING.format())).isEqualTo(SavedState.NOTHING);
    }

    @Test
    void nothingIsReadOfWhatIsNotComplete() {
        var text = STATE.format();
        for (int length = 0; length < text.length() - 1; length++) {
            var cut = text.substring(0, length);
            assertThatThrownBy(() -> SavedState.parse(cut)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> SavedState.parse(text.replace("READY", "HAPPY")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SavedState.parse(text.replace(" 4711 ", " -1 ")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aSlotGoesOnWithWhatItWasDoing() {
        assertThat(READY.resume()).isEqualTo(new SlotState.Ready(Instant.EPOCH, 0));
        assertThat(LEAVER.resume()).isEqualTo(new SlotState.Draining(Instant.ofEpochMilli(8_000), true));
    }

    @Test
    void aProcessIsAdoptedIfItIsTheSameStillAndFoundByItsEnvironment() throws Exception {
        var builder = new ProcessBuilder("sleep", "1000");
        builder.environment().put("NETCLUSTER_TOKEN", "of-a-test");
        var child = builder.start();
        try {
            long startTime = Processes.startTime(child.pid());
            assertThat(AdoptedProcess.of(child.pid(), startTime + 1)).isNull();
            assertThat(AdoptedProcess.with("NETCLUSTER_TOKEN=of-a-tes")).isNull();
            var adopted = AdoptedProcess.with("NETCLUSTER_TOKEN=of-a-test");
            assertThat(adopted).isNotNull();
            assertThat(adopted.pid()).isEqualTo(child.pid());
            assertThat(adopted.startTime()).isEqualTo(startTime);
            assertThat(adopted.isAlive()).isTrue();
            adopted.kill();
            assertThat(adopted.await()).isEqualTo(137);
            assertThat(adopted.isAlive()).isFalse();
        } finally {
            child.destroyForcibly().waitFor();
        }
    }
}
