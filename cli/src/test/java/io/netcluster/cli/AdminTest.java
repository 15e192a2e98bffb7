package io.netcluster.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netcluster.cli.AdminRequest.MalformedException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The admin socket: what is asked arrives as it was meant, and what is no request does no harm. */
@Timeout(60)
final class AdminTest {
    @TempDir
    private Path directory = Path.of("/tmp");

    private final CountDownLatch gone = new CountDownLatch(1);
    private AdminServer server;

    @BeforeEach
    void open() throws IOException {
        server = AdminServer.open(socket(), (request, answers) -> {
            switch (request) {
                case AdminRequest.Events _ -> {
                    answers.whenGone(gone::countDown);
                    answers.line(Json.object().put("event", "ready"));
                    gone.await();
                }
                case AdminRequest.Restart _ -> throw new IllegalStateException("oops");
                default -> {
                    answers.line(Json.object().put("asked", request.toString()));
                    answers.end(0);
                    answers.line(Json.object().put("too", "late"));
                }
            }
        });
    }

    @AfterEach
    void close() {
        server.close();
    }

    private Path socket() {
        return directory.resolve("admin");
    }

    static Stream<AdminRequest> requests() {
        return Stream.of(
                new AdminRequest.Status(),
                new AdminRequest.Reload(null),
                new AdminRequest.Reload(3),
                new AdminRequest.Restart(),
                new AdminRequest.Scale(4, false),
                new AdminRequest.Scale(-1, true),
                new AdminRequest.Stop(true),
                new AdminRequest.Stop(false),
                new AdminRequest.Events(10, true),
                new AdminRequest.Leave());
    }

    @ParameterizedTest
    @MethodSource("requests")
    void aRequestIsReadAsItWasWritten(AdminRequest request) throws Exception {
        assertThat(AdminRequest.parse(request.format())).isEqualTo(request);
        assertThat(request.format()).doesNotContain("\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ``                                          | a request is a JSON object
            {                                           | this is not JSON
            nonsense                                    | this is not JSON
            []                                          | a request is a JSON object
            null                                        | a request is a JSON object
            {"request": "status"} {}                    | this is not JSON
            {"request": "status", "request": "stop"}    | this is not JSON
            {}                                          | 'request' is to be a string
            {"request": 5}                              | 'request' is to be a string
            {"request": "dance"}                        | there is no request 'dance'
            {"request": "status", "x": 1}               | there is no 'x' in this request
            {"request": "scale"}                        | 'workers' is to be a whole number from 0 on
            {"request": "scale", "workers": -1}         | 'workers' is to be a whole number from 0 on
            {"request": "scale", "workers": 1.5}        | 'workers' is to be a whole number
            {"request": "scale", "workers": 1e99}       | 'workers' is to be a whole number
            {"request": "scale", "workers": 99999999999} | 'workers' is to be a whole number
            {"request": "scale", "workers": 1, "relative": 1} | 'relative' is to be true or false
            {"request": "reload", "parallel": 0}        | 'parallel' is to be a whole number from 1 on
            {"request": "reload", "parallel": null}     | 'parallel' is to be a whole number from 1 on
            """)
    void whatIsNoRequestIsToldWhatIsWrongWithIt(String line, String problem) throws Exception {
        assertThatThrownBy(() -> AdminRequest.parse(line))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining(problem);
        assertThat(answers((line + "\n").getBytes(StandardCharsets.UTF_8)))
                .singleElement()
                .asString()
                .contains("\"error\":\"" + problem.split("'")[0])
                .endsWith("\"exit\":2}");
    }

    @Test
    void anAnswerEndsWithItsStatus() throws Exception {
        try (var client = AdminClient.ask(socket(), new AdminRequest.Status())) {
            assertThat(client.next().path("asked").asString()).isEqualTo("Status[]");
            assertThat(client.next().path("exit").asInt()).isZero();
            assertThat(client.next()).isNull();
        }
    }

    @Test
    void theSocketIsItsUsersAlone() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket())))
                .isEqualTo("rw-------");
    }

    @Test
    void aMistakeOfOursIsAnsweredInALine() throws Exception {
        assertThat(answers("{\"request\":\"restart\"}\n".getBytes(StandardCharsets.UTF_8)))
                .singleElement()
                .asString()
                .contains("please report it")
                .endsWith("\"exit\":1}");
    }

    @Test
    void aLineThatIsTooLongOrNoTextIsAnswered() throws Exception {
        assertThat(answers(new byte[AdminRequest.LONGEST]))
                .singleElement()
                .asString()
                .contains("longer than 65536");
        assertThat(answers(new byte[] {(byte) 0xc3, '\n'}))
                .singleElement()
                .asString()
                .contains("this is not UTF-8");
    }

    @Test
    void whoSaysNothingIsCutOff() throws Exception {
        try (var silent = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
            silent.write(ByteBuffer.wrap("{\"request\"".getBytes(StandardCharsets.UTF_8)));
            assertThat(silent.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        }
    }

    @Test
    void whoFollowsAndGoesIsForgotten() throws Exception {
        try (var client = AdminClient.ask(socket(), new AdminRequest.Events(0, true))) {
            assertThat(client.next().path("event").asString()).isEqualTo("ready");
        }
        assertThat(gone.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void tooManyAtOnceAreRefusedAndTheOthersServed() throws Exception {
        var silent = new ArrayList<SocketChannel>();
        try {
            for (int i = 0; i < 64; i++) {
                silent.add(SocketChannel.open(UnixDomainSocketAddress.of(socket())));
            }
            try (var client = AdminClient.ask(socket(), new AdminRequest.Status())) {
                var refused = client.next();
                assertThat(refused.path("error").asString()).startsWith("too many ask");
                assertThat(refused.path("exit").asInt()).isEqualTo(ExitStatus.REFUSED);
            }
        } finally {
            for (var each : silent) {
                each.close();
            }
        }
        while (isRefused()) {
            Thread.onSpinWait(); // the others have gone, and that will be noticed
        }
    }

    private boolean isRefused() throws IOException {
        try (var client = AdminClient.ask(socket(), new AdminRequest.Status())) {
            return client.next().has("error");
        }
    }

    @Test
    void aStaleSocketIsReplacedAndAnotherFileIsNot() throws Exception {
        var stale = directory.resolve("stale");
        try (var old = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            old.bind(UnixDomainSocketAddress.of(stale));
        }
        AdminServer.open(stale, (_, answers) -> answers.end(0)).close();
        assertThat(stale).doesNotExist();

        Files.writeString(stale, "precious");
        assertThatThrownBy(() -> AdminServer.open(stale, (_, answers) -> answers.end(0)))
                .hasMessageContaining("is in the way of the admin socket, and is no socket");
        assertThat(stale).hasContent("precious");
    }

    @Test
    void noiseIsAnsweredInALineOrNotAtAll() throws Exception {
        var random = new Random(5);
        var seeds = requests().map(AdminRequest::format).toList();
        for (int i = 0; i < 500; i++) {
            var bytes = (seeds.get(random.nextInt(seeds.size())) + "\n").getBytes(StandardCharsets.UTF_8);
            for (int j = random.nextInt(4); j >= 0; j--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            var line = new String(bytes, StandardCharsets.ISO_8859_1);
            if (!line.contains("events")) {
                assertThat(answers(bytes)).hasSizeLessThanOrEqualTo(2).allMatch(each -> each.startsWith("{"));
            }
        }
        anAnswerEndsWithItsStatus();
    }

    /** What is answered to these bytes, after which nothing comes. */
    private List<String> answers(byte[] request) throws IOException {
        try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
            var bytes = ByteBuffer.wrap(request);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.shutdownOutput();
            var lines = new Lines(channel, 100_000);
            var all = new ArrayList<String>();
            for (var line = lines.next(); line != null; line = lines.next()) {
                all.add(line);
            }
            return all;
        }
    }
}
