package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.epoll.Epoll;
import io.grpc.stub.ClientCalls;
import io.netcluster.it.programs.GrpcServer;
import io.netcluster.it.programs.JettyServer;
import io.netcluster.it.programs.TomcatServer;
import io.netcluster.it.programs.UndertowServer;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The servers that programs are made of work as they are. */
final class FrameworksTest {
    private static final String LOOPBACK = "127.0.0.1";

    @ParameterizedTest
    @ValueSource(classes = {JettyServer.class, TomcatServer.class, UndertowServer.class})
    void httpServersShareOnePort(Class<?> program, @TempDir Path directory) throws Exception {
        int port = FreePort.any();
        serveOnePort(port, program, directory, line -> get(port, line));
    }

    /** Its Netty is relocated, and uses epoll. */
    @Test
    void grpcServersShareOnePort(@TempDir Path directory) throws Exception {
        assertThat(Epoll.isAvailable()).as("epoll").isTrue();
        int port = FreePort.any();
        serveOnePort(port, GrpcServer.class, directory, line -> call(port, line));
    }

    private static void serveOnePort(int port, Class<?> program, Path directory, Ledger.Client client)
            throws Exception {
        try (var cluster =
                Running.cluster(Running.program(NettyTest.OPTIONS, program, LOOPBACK, port, directory.toString()))) {
            cluster.awaitListening(2);
            assertThat(KernelSockets.on(port)).as("sockets on the port").hasSize(1);

            var ledger = new Ledger(client).connect(200, 8);

            assertThat(ledger.lost()).isEmpty();
            assertThat(ledger.served()).isEqualTo(200);
            assertThat(ledger.bySlot()).containsOnlyKeys(1, 2);
        }
    }

    /** One request on a connection of its own. */
    private static String get(int port, String line) throws Exception {
        try (var socket = new Socket(LOOPBACK, port)) {
            socket.setSoTimeout((int) Running.PATIENCE.toMillis());
            return get(socket, line);
        }
    }

    /** The last request on a connection. */
    static String get(Socket socket, String line) throws IOException {
        var request = "GET /" + line + " HTTP/1.1\r\nHost: " + LOOPBACK + "\r\nConnection: close\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        var response = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        // whether the body came in chunks or not: of its lines, the one with the answer
        return response.lines()
                .filter(text -> text.endsWith(" " + line))
                .findFirst()
                .orElse(response);
    }

    /** One call on a connection of its own. */
    private static String call(int port, String line) {
        var channel = NettyChannelBuilder.forAddress(LOOPBACK, port)
                .usePlaintext()
                .disableRetry()
                .build();
        try {
            var options = CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS);
            return ClientCalls.blockingUnaryCall(channel, GrpcServer.ANSWER, options, line)
                    .strip();
        } finally {
            channel.shutdownNow();
        }
    }
}
