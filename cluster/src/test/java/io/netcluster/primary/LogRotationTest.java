package io.netcluster.primary;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which log file is rotated, compressed and deleted when. */
final class LogRotationTest {
    private static final Instant NOW = Instant.parse("2026-11-23T02:05:00Z");
    private static final Instant HOUR_AGO = NOW.minus(Duration.ofHours(1));

    /**
     * Files are {@code name=size}, those in use with a {@code !}, those of the present an hour old. The policy is size, age in
     * minutes, keep, keepFor in minutes, compress, total.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # size
            worker-1.out=9999                    | 10000 - 5 - true 99999999 |
            worker-1.out=10000                   | 10000 - 5 - true 99999999 | rotate worker-1.out
            worker-1.out=10000 worker-1.err=1    | 10000 - 5 - true 99999999 | rotate worker-1.out
            primary.log=10000                    | 10000 - 5 - true 99999999 | rotate primary.log
            other.log=10000                      | 10000 - 5 - true 99999999 |
            worker-1.out.1=10000                 | 10000 - 5 - true 99999999 |
            # one rotation a second: the name would be taken
            worker-1.out=10000 worker-1.out.20261123T020500Z!=1       | 10000 - 5 - true 99999999 |
            worker-1.out=10000 worker-1.out.20261123T020500Z.gz=1     | 10000 - 5 - true 99999999 |
            worker-1.out=10000 worker-1.err.20261123T020500Z.gz=1     | 10000 - 5 - true 99999999 | rotate worker-1.out
            # age
            worker-1.out=1                       | 10000 61 5 - true 99999999 |
            worker-1.out=1                       | 10000 59 5 - true 99999999 | rotate worker-1.out
            worker-1.out=0                       | 10000 59 5 - true 99999999 |
            # compression, once nobody writes to it
            worker-1.out=1 worker-1.out.20261123T010000Z!=10 | 10000 - 5 - true 99999999 |
            worker-1.out=1 worker-1.out.20261123T010000Z=10  | 10000 - 5 - true 99999999 | compress worker-1.out.20261123T010000Z
            worker-1.out=1 worker-1.out.20261123T010000Z=10  | 10000 - 5 - false 99999999 |
            # how many: of each stream, and none that is in use
            worker-1.out.20261123T010000Z.gz=1 worker-1.out.20261123T010001Z.gz=1 worker-1.err.20261123T010000Z.gz=1 | 10000 - 1 - true 99999999 | delete worker-1.out.20261123T010000Z.gz
            worker-1.out.20261123T010000Z!=1 worker-1.out.20261123T010001Z.gz=1 | 10000 - 1 - true 99999999 |
            worker-1.out.20261123T010000Z=1      | 10000 - 0 - true 99999999 | delete worker-1.out.20261123T010000Z
            worker-1.out.20261123T010000Z!=1     | 10000 - 0 - true 99999999 |
            # how long
            worker-1.out.20261123T010500Z.gz=1 worker-1.out.20261123T020400Z.gz=1 | 10000 - 5 30 true 99999999 | delete worker-1.out.20261123T010500Z.gz
            worker-1.out.20261123T010500Z!=1     | 10000 - 5 30 true 99999999 |
            # all together: the oldest of all goes first
            worker-1.out.20261123T010002Z.gz=50000 worker-2.err.20261123T010001Z.gz=50000 worker-3.out=1 | 100000 - 5 - true 60000 | delete worker-2.err.20261123T010001Z.gz
            worker-1.out.20261123T010000Z!=90000 worker-2.err.20261123T010001Z.gz=10000 worker-3.out=1 | 100000 - 5 - true 60000 | delete worker-2.err.20261123T010001Z.gz
            # and files are rotated early where they have no room
            worker-1.out=15000 worker-2.out=14999 | 1000000 - 5 - true 60000 | rotate worker-1.out
            worker-1.out=4096 worker-2.out=4095  | 1000000 - 5 - true 1 | rotate worker-1.out
            # what a primary left that was killed
            worker-1.out.20261123T010000Z=9 worker-1.out.20261123T010000Z.gz.part=5 | 10000 - 5 - true 99999999 | delete worker-1.out.20261123T010000Z.gz.part compress worker-1.out.20261123T010000Z
            worker-1.out.20261123T010000Z=9 worker-1.out.20261123T010000Z.gz=5 | 10000 - 5 - true 99999999 | delete worker-1.out.20261123T010000Z
            worker-1.out.20261123T010000Z!=9 worker-1.out.20261123T010000Z.gz.part!=5 | 10000 - 5 - true 99999999 |
            """)
    void whatIsDone(String files, String policy, String actions) {
        assertThat(say(LogRotation.decide(files(files), policy(policy), NOW)))
                .isEqualTo(actions == null ? "" : actions);
    }

    @Test
    void theNewNameTellsTheTime() {
        var decided = LogRotation.decide(files("worker-1.out=10000"), policy("10000 - 5 - true 99999999"), NOW);
        assertThat(decided)
                .containsExactly(new LogRotation.Rotate(
                        files("worker-1.out=10000").getFirst(), "worker-1.out.20261123T020500Z"));
    }

    private static List<LogFile> files(String text) {
        var files = new ArrayList<LogFile>();
        for (var word : text.split(" ")) {
            var name = word.substring(0, word.indexOf('=')).replace("!", "");
            var file = LogFile.of(
                    name, HOUR_AGO, Long.parseLong(word.substring(word.indexOf('=') + 1)), word.contains("!"));
            if (file != null) {
                files.add(file);
            }
        }
        return files;
    }

    private static LogPolicy policy(String text) {
        var words = text.split(" ");
        return new LogPolicy(
                Long.parseLong(words[0]),
                words[1].equals("-") ? null : Duration.ofMinutes(Long.parseLong(words[1])),
                Integer.parseInt(words[2]),
                words[3].equals("-") ? null : Duration.ofMinutes(Long.parseLong(words[3])),
                Boolean.parseBoolean(words[4]),
                Long.parseLong(words[5]));
    }

    private static String say(List<LogRotation.Action> actions) {
        return String.join(
                " ",
                actions.stream()
                        .map(action -> switch (action) {
                            case LogRotation.Rotate(LogFile file, String _) -> "rotate " + file.name();
                            case LogRotation.Compress(LogFile file) -> "compress " + file.name();
                            case LogRotation.Delete(LogFile file) -> "delete " + file.name();
                        })
                        .toList());
    }
}
