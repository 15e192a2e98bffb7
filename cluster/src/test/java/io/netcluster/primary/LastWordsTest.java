package io.netcluster.primary;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.primary.Settings.Readiness;
import io.netcluster.wire.Address;
import io.netcluster.wire.Frames;
import io.netcluster.wire.Message;
import io.netcluster.wire.Message.Close;
import io.netcluster.wire.Message.Hello;
import io.netcluster.wire.Message.Listening;
import io.netcluster.wire.Message.Ready;
import io.netcluster.wire.Transfer;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a worker says right before its end is heard, and before its end is told. */
@SuppressWarnings("NullAway.Init") // set before each test
final class LastWordsTest {
    private static final int WORKERS = 100;
    private static final Definition DEFINITION = new Definition(
            "test",
            0,
            List.of("perl"),
            Settings.DEFAULTS.with(draft -> {
                draft.restart = RestartPolicy.NEVER;
                draft.stopTimeout = Duration.ofSeconds(1);
            }),
            List.of(),
            List.of(),
            null,
            false);
    private static final String TOKEN = "T".repeat(64); // in whose place the worker puts its own
    private static final long ID = 0x5757_5757_5757_5757L; // likewise: WWWWWWWW

    /** Says all at once what it is to say, and ends; a child that it may have still has its link then. */
    private static final String SPEAKER = """
            socket(my $link, AF_UNIX, SOCK_STREAM, 0);
            connect($link, sockaddr_un($ENV{NETCLUSTER_LINK})) or die $!;
            my $words = pack 'H*', $ARGV[0];
            $words =~ s/T{64}/$ENV{NETCLUSTER_TOKEN}/;
            $words =~ s/W{8}/pack 'Q>', $ENV{NETCLUSTER_ID}/e;
            syswrite $link, $words;
            if ($ARGV[1]) { my $child = fork; sleep 1000 if !$child; syswrite STDOUT, "$child\\n"; }
            exit 0;
            """;

    private final Recorder recorder = new Recorder();
    private Supervisor supervisor;
    private Thread running;

    @BeforeEach
    void start() throws Exception {
        supervisor = Supervisor.of(DEFINITION, recorder);
        running = Thread.ofPlatform().start(() -> {
            try {
                supervisor.run();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @AfterEach
    void end() throws Exception {
        supervisor.killAll();
        supervisor.finish();
        running.join();
        assertThat(recorder.said()).isEmpty();
    }

    private Worker fork(String words, String child) throws IOException {
        var how = DEFINITION.settings().with(draft -> {
            draft.arguments = List.of("-MSocket", "-e", SPEAKER, words, child);
            draft.readiness = Readiness.EXPLICIT;
        });
        return supervisor.fork(how, worker -> worker);
    }

    /** What these messages are on the link. */
    private static String words(Message... messages) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var frames = new Frames(new Transfer() {
            @Override
            public boolean receive(byte[] into) {
                return false;
            }

            @Override
            public int receiveDescriptor() {
                throw new AssertionError("nothing is received");
            }

            @Override
            public void send(byte[] sent) {
                bytes.writeBytes(sent);
            }

            @Override
            public void sendDescriptor(int fd) {
                throw new AssertionError("none is sent");
            }
        });
        for (var message : messages) {
            frames.send(message, Frames.NONE);
        }
        return HexFormat.of().formatHex(bytes.toByteArray());
    }

    private static String sayings() throws IOException {
        var address = new Address(Address.Transport.TCP, new byte[] {127, 0, 0, 1}, 0, 1);
        return words(new Hello(ID, TOKEN, 0), new Ready(), new Listening(1, address), new Close(1));
    }

    @Test
    void itIsHeardHoweverSoonTheProcessEnds() throws Exception {
        var words = sayings();
        var workers = new ArrayList<Worker>();
        for (int i = 0; i < WORKERS; i++) {
            workers.add(fork(words, ""));
        }
        assertThat(recorder.awaitExits(WORKERS)).isTrue();
        assertThat(workers)
                .allSatisfy(worker -> assertThat(recorder.of(worker))
                        .containsExactly(
                                "forked", "online", "ready", "listening", "closed", "disconnected", "exited 0"));
    }

    @Test
    void nobodyWaitsForAChildThatHasInheritedTheLink() throws Exception {
        var worker = fork(sayings(), "child");
        var printed =
                new BufferedReader(new InputStreamReader(worker.process().getInputStream(), StandardCharsets.US_ASCII));
        var child = ProcessHandle.of(Long.parseLong(printed.readLine())).orElseThrow();
        try {
            assertThat(recorder.awaitExits(1)).isTrue();
            assertThat(child.isAlive()).isTrue();
            assertThat(recorder.of(worker))
                    .containsExactly("forked", "online", "ready", "listening", "closed", "disconnected", "exited 0");
        } finally {
            child.destroyForcibly();
        }
    }
}
