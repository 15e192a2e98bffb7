package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.netcluster.Cluster;
import io.netcluster.ClusterOptions;
import io.netcluster.Exit;
import io.netcluster.Worker;
import io.netcluster.it.programs.GrpcServer;
import io.netcluster.it.programs.JettyServer;
import io.netcluster.it.programs.LineServer;
import io.netcluster.it.programs.NettyHttpServer;
import io.netcluster.it.programs.SpringServer;
import io.netcluster.it.programs.TomcatServer;
import io.netcluster.it.programs.UndertowServer;
import io.netcluster.it.programs.VertxServer;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients that keep their connections lose nothing when workers are replaced, whatever the program knows of it. */
final class KeepAliveDrainTest {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final int CLIENTS = 8;

    @TempDir
    private Path directory = Path.of("/tmp");

    private enum Server {
        JDK(LineServer.class, "", "httpserver"),
        /** With {@code HttpServer.stop(5)} in a shutdown hook. */
        JDK_WITH_ITS_OWN_STOP(LineServer.class, "", "httpserver-hook"),
        TOMCAT_11(TomcatServer.class, ""),
        TOMCAT_10(TomcatServer.class, "tomcat-10"),
        SPRING_BOOT(SpringServer.class, ""),
        JETTY(JettyServer.class, ""),
        /** With Jetty's {@code stopTimeout} and {@code stopAtShutdown}. */
        JETTY_WITH_ITS_OWN_STOP(JettyServer.class, "", "graceful"),
        JETTY_9("it/src/test/jetty-9/Jetty9Server.java", "jetty-9"),
        UNDERTOW(UndertowServer.class, ""),
        NETTY_42(NettyHttpServer.class, ""),
        NETTY_41(NettyHttpServer.class, "netty-4.1"),
        VERTX(VertxServer.class, ""),
        GRPC(GrpcServer.class, "");

        private final String program;
        private final String jars;
        private final List<String> first;

        Server(Class<?> program, String jars, String... first) {
            this.program = program.getName();
            this.jars = jars;
            this.first = List.of(first);
        }

        /** Of a source file, as this module knows another version of its classes. */
        Server(String source, String jars) {
            this.program = Running.HOME.resolve(source).toString();
            this.jars = jars;
            this.first = List.of();
        }

        ClusterOptions options(int port, Path directory) throws Exception {
            var words = new ArrayList<>(List.of(Running.JAVA));
            words.addAll(NettyTest.OPTIONS);
            words.addAll(List.of("-cp", classPath(), program));
            words.addAll(first);
            words.addAll(List.of("127.0.0.1", String.valueOf(port), directory.toString()));
            return ClusterOptions.defaults().command(words.toArray(String[]::new));
        }

        /** Of another version than the one that this module is compiled with, or that. */
        private String classPath() throws Exception {
            var classes = Path.of(LineServer.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            return jars.isEmpty()
                    ? Running.classPath()
                    : classes + File.pathSeparator + classes.resolveSibling(jars) + "/*";
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "GRPC")
    void oneWorkerAfterTheOtherIsReplacedUnderLoad(Server server) throws Exception {
        int port = FreePort.any();
        try (var cluster = Cluster.open(server.options(port, directory))) {
            var workers = new ArrayDeque<Worker>();
            workers.add(listening(cluster));
            workers.add(listening(cluster));
            try (var load = new KeepAliveLoad(port, CLIENTS)) {
                load.awaitServed(500);
                for (int i = 0; i < 2; i++) {
                    workers.add(listening(cluster));
                    var old = workers.remove();
                    load.awaitConnected(old.pid());
                    assertThat(load.announced(old.pid())).as("before it drains").isZero();
                    assertThat(end(old.disconnect(LONG))).isEqualTo(new Exit(0));
                    assertThat(load.awaitServed(200).lost()).isEmpty();
                    assertThat(load.announced(old.pid()))
                            .as("said to be the last")
                            .isPositive();
                }
                load.close();
                assertThat(load.lost()).isEmpty();
            }
        }
    }

    /** While it drains, a connection on which nothing happens stays: a request may be on its way. */
    @Test
    void aConnectionThatWasIdleIsServedOnceMoreAndThenClosed() throws Exception {
        int port = FreePort.any();
        try (var cluster = Cluster.open(Server.JDK.options(port, directory))) {
            var worker = listening(cluster);
            try (var early = new KeepAliveLoad.Connection(port);
                    var late = new KeepAliveLoad.Connection(port)) {
                assertThat(early.get("one")).endsWith(" one");
                assertThat(late.get("one")).endsWith(" one");
                assertThat(early.isLast()).isFalse();
                var exit = worker.disconnect(LONG);
                Running.await("refused", _ -> Ledger.isRefused(port));
                assertThat(early.get("two")).endsWith(" two");
                assertThat(early.isLast()).isTrue();
                early.awaitEnd();
                Running.await("one is left", _ -> worker.connections().orElse(-1) == 1);
                assertThat(exit).isNotDone();
                assertThat(late.get("two")).endsWith(" two");
                assertThat(late.isLast()).isTrue();
                late.awaitEnd();
                assertThat(end(exit)).isEqualTo(new Exit(0));
            }
        }
    }

    /** Its end comes without a reset. */
    @Test
    void aConnectionThatStaysIdleIsClosedWhenTimeIsUp() throws Exception {
        int port = FreePort.any();
        try (var cluster = Cluster.open(Server.JDK.options(port, directory))) {
            var worker = listening(cluster);
            try (var connection = new KeepAliveLoad.Connection(port)) {
                assertThat(connection.get("one")).endsWith(" one");
                var exit = worker.disconnect(Duration.ofMillis(500));
                connection.awaitEnd();
                assertThat(end(exit)).isEqualTo(new Exit(0));
            }
        }
    }

    /** The drain ends by System.exit, so that Spring Boot's graceful shutdown follows. */
    @Test
    void whatTheDrainHasNoTimeForIsLeftToTheFrameworksOwnShutdown() throws Exception {
        int port = FreePort.any();
        try (var cluster = Cluster.open(Server.SPRING_BOOT.options(port, directory))) {
            var worker = listening(cluster);
            try (var connection = new KeepAliveLoad.Connection(port)) {
                assertThat(connection.get("one")).endsWith(" one");
                var slow = CompletableFuture.supplyAsync(() -> {
                    try {
                        return connection.get("two?3000");
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
                var exit = worker.disconnect(Duration.ofMillis(300));
                assertThat(slow.get(Running.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .endsWith(" two");
                assertThat(connection.isLast()).isTrue();
                connection.awaitEnd();
                assertThat(end(exit)).isEqualTo(new Exit(0));
            }
        }
    }

    /** One connection serves many requests at once; the JDK's own client is told by a GOAWAY to open another. */
    @ParameterizedTest
    @EnumSource(names = {"TOMCAT_11", "JETTY", "VERTX"})
    void withHttp2TheSame(Server server) throws Exception {
        int port = FreePort.any();
        // one for each thread: of two connections that one client opens at once, the second idles for ever
        var clients = new ConcurrentHashMap<Thread, HttpClient>();
        try (var cluster = Cluster.open(server.options(port, directory))) {
            var address = URI.create("http://127.0.0.1:" + port + "/");
            replacedUnderLoad(cluster, line -> {
                var client = clients.computeIfAbsent(Thread.currentThread(), _ -> HttpClient.newHttpClient());
                var answer = client.send(
                        HttpRequest.newBuilder(address.resolve(line)).build(), BodyHandlers.ofString());
                assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
                return answer.body().strip();
            });
        } finally {
            clients.values().forEach(HttpClient::shutdownNow);
        }
    }

    /** On a relocated Netty. */
    @Test
    void withGrpcTheSame() throws Exception {
        int port = FreePort.any();
        var channels = new ArrayList<ManagedChannel>();
        for (int i = 0; i < CLIENTS; i++) {
            channels.add(NettyChannelBuilder.forAddress("127.0.0.1", port)
                    .usePlaintext()
                    .disableRetry()
                    .build());
        }
        try (var cluster = Cluster.open(Server.GRPC.options(port, directory))) {
            replacedUnderLoad(cluster, line -> {
                var channel = channels.get(Math.floorMod(line.hashCode(), CLIENTS));
                var options = CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS);
                return ClientCalls.blockingUnaryCall(channel, GrpcServer.ANSWER, options, line)
                        .strip();
            });
        } finally {
            channels.forEach(ManagedChannel::shutdownNow);
        }
    }

    private static void replacedUnderLoad(Cluster cluster, Ledger.Client client) throws Exception {
        var ledger = new Ledger(client);
        var workers = new ArrayDeque<Worker>();
        workers.add(listening(cluster));
        workers.add(listening(cluster));
        try (var load = ledger.load(CLIENTS)) {
            for (int i = 0; i < 2; i++) {
                workers.add(listening(cluster));
                var old = workers.remove();
                Running.await("connected", _ -> ledger.pids().contains(old.pid()));
                assertThat(end(old.disconnect(LONG))).isEqualTo(new Exit(0));
                load.awaitServed(200);
            }
        }
        assertThat(ledger.lost()).isEmpty();
    }

    private static Exit end(CompletableFuture<Exit> exit) throws Exception {
        return exit.get(Running.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static Worker listening(Cluster cluster) throws Exception {
        var worker = cluster.fork();
        Running.await("listens", _ -> !worker.listeners().isEmpty());
        return worker;
    }
}
