package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An AOT cache is made in the background, used by the next workers, and never by a jar that it was not made of. */
final class AotTest {
    @TempDir
    private Path directory = Path.of("/tmp");

    private int port;
    private Daemons daemons;

    @BeforeEach
    void open() throws IOException {
        port = FreePort.any();
        daemons = new Daemons(directory);
    }

    @AfterEach
    void close() {
        daemons.close();
    }

    /** Makes app.jar anew, of a server that answers with a word; and to any path as {@link KeepAliveLoad} expects. */
    private void release(String word) throws IOException {
        var source = Files.writeString(directory.resolve("App.java"), """
                import com.sun.net.httpserver.*;
                import java.net.*;
                public class App {
                    public static void main(String[] arguments) throws Exception {
                        var address = new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0]));
                        HttpServer.create(address, 0, "/", App::answer).start();
                    }

                    static void answer(HttpExchange exchange) throws java.io.IOException {
                        var path = exchange.getRequestURI().getPath().substring(1);
                        var slot = System.getProperty("netcluster.slot");
                        var answer = path.isEmpty() ? "%s" : slot + " " + ProcessHandle.current().pid() + " " + path;
                        HttpHandlers.of(200, Headers.of(), answer).handle(exchange);
                    }
                }
                """.formatted(word));
        assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, source.toString()))
                .isZero();
        var part = directory.resolve("app.part");
        try (OutputStream out = Files.newOutputStream(part);
                var jar = new JarOutputStream(out)) {
            jar.putNextEntry(new ZipEntry("App.class"));
            Files.copy(directory.resolve("App.class"), jar);
        }
        Files.move(part, directory.resolve("app.jar"), StandardCopyOption.REPLACE_EXISTING);
    }

    private void start(String... options) throws Exception {
        var command = new ArrayList<>(List.of("start", "--name", "api", "--aot", "--"));
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", directory.resolve("app.jar").toString(), "App", String.valueOf(port)));
        daemons.run(command.toArray(String[]::new)).succeeded();
    }

    private List<Path> caches() throws IOException {
        try (var files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(".aot")).toList();
        }
    }

    private void awaitCaches(int count) {
        Running.await("cache " + count, _ -> {
            try {
                return caches().size() == count && daemons.workers("api").size() == 2;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }

    private long mapped() throws Exception {
        long using = 0;
        for (long pid : daemons.workers("api")) {
            using += Files.readString(Path.of("/proc/" + pid + "/maps")).contains(".aot") ? 1 : 0;
        }
        return using;
    }

    private String answer() throws IOException {
        try (var connection = new KeepAliveLoad.Connection(port)) {
            return connection.get("");
        }
    }

    @Test
    void theNextWorkersUseItAndAReplacedJarIsRunAnew() throws Exception {
        release("red");
        start();
        awaitCaches(1);
        assertThat(mapped()).as("before there was one").isZero();
        daemons.run("reload", "api").succeeded();
        assertThat(mapped()).isEqualTo(2);
        assertThat(answer()).isEqualTo("red");

        release("blue");
        Running.signal("KILL", daemons.workers("api").getFirst()); // no reload: a crash is enough for the new code
        Running.await("both", _ -> {
            try {
                return daemons.workers("api").size() == 2 && mapped() == 1;
            } catch (Exception e) {
                return false; // one has just ended
            }
        });
        daemons.run("reload", "api").succeeded();
        assertThat(answer())
                .as("the cache has the old code, and JDK 25.0.3 would run it")
                .isEqualTo("blue");
        assertThat(mapped()).isZero();
        awaitCaches(2);
    }

    @Test
    void aJvmThatWouldRefuseItGetsNone() throws Exception {
        release("red");
        start("-XX:+UseZGC");
        daemons.run("reload", "api").succeeded();
        assertThat(answer()).isEqualTo("red");
        assertThat(caches()).isEmpty();
        assertThat(daemons.workers("api")).as("none is started to train").hasSize(2);
    }

    /** The server's classes are linked before anything runs, and are woven all the same when the drain begins. */
    @Test
    void workersWithACacheLoseNothingInAReload() throws Exception {
        release("red");
        start();
        awaitCaches(1);
        daemons.run("reload", "api").succeeded();
        assertThat(mapped()).isEqualTo(2);
        var old = daemons.workers("api");
        try (var load = new KeepAliveLoad(port, 8)) {
            load.awaitServed(50);
            for (long pid : old) {
                load.awaitConnected(pid);
            }
            daemons.run("reload", "api").succeeded();
            load.awaitServed(50);
            load.close();
            assertThat(load.lost()).isEmpty();
            assertThat(old).allMatch(pid -> load.announced(pid) > 0);
        }
    }

    /** It has the JDK's server sockets, linked before the agent is there. */
    @Test
    void aCacheThatWasMadeWithoutTheAgentFitsAWorker() throws Exception {
        release("red");
        var cache = directory.resolve("own.aot");
        var app = List.of("-cp", directory.resolve("app.jar").toString(), "App", String.valueOf(port));
        var training = new ArrayList<>(List.of(Running.JAVA, "-XX:AOTCacheOutput=" + cache));
        training.addAll(app);
        try (var plain = Running.start(training, Map.of())) {
            Running.await("listening", _ -> !Ledger.isRefused(port));
            assertThat(answer()).isEqualTo("red");
            Running.signal("TERM", plain.pid());
            assertThat(plain.awaitExit()).isEqualTo(143);
        }
        assertThat(cache).exists();

        var command =
                new ArrayList<>(List.of("start", "--name", "api", "--", "-XX:AOTMode=on", "-XX:AOTCache=" + cache));
        command.addAll(app);
        daemons.run(command.toArray(String[]::new)).succeeded();
        assertThat(mapped()).isEqualTo(2);
        assertThat(daemons.describe("api").path("seats"))
                .allMatch(seat -> seat.path("listeners").toString().contains(":" + port + " (shared)"));
    }
}
