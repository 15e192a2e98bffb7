package io.netcluster.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sockets can be sent from any JVM, and it does not say a word about it. */
final class JavaBaseTest {
    private static final String PLAIN = "--enable-native-access=ALL-UNNAMED";

    @ParameterizedTest
    @ValueSource(
            strings = {
                PLAIN,
                "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
                "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
                "--illegal-native-access=deny",
                "--sun-misc-unsafe-memory-access=deny",
                "-Djava.nio.channels.spi.SelectorProvider=sun.nio.ch.PollSelectorProvider", // has no epoll sets
                "-Djava.net.preferIPv4Stack=true",
            })
    void onTheClassPath(String option) throws Exception {
        assertThat(run(List.of(PLAIN, option, "-cp", "target/classes:target/test-classes", Passing.class.getName())))
                .isEqualTo("passed");
    }

    @Test
    void asAModule() throws Exception {
        assertThat(run(List.of(
                        "--enable-native-access=io.netcluster",
                        "--module-path=target/classes",
                        "--patch-module=io.netcluster=target/test-classes",
                        "--module=io.netcluster/" + Passing.class.getName())))
                .isEqualTo("passed");
    }

    @Test
    void fromTwoClassLoaders() throws Exception {
        JavaBase.open();
        var places = new ArrayList<URL>();
        for (var place : List.of("target/classes/", "target/test-classes/")) {
            places.add(Path.of(place).toUri().toURL());
        }
        try (var other = new URLClassLoader(places.toArray(URL[]::new), null)) {
            var copy = other.loadClass(Passing.class.getName());
            assertThat(copy).isNotEqualTo(Passing.class);
            copy.getMethod("pass").invoke(null);
        }
    }

    private static String run(List<String> arguments) throws IOException {
        var command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "-Xshare:auto"));
        command.addAll(arguments);
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
    }

    /** Passes a socket on, in whatever JVM this is. */
    public static final class Passing {
        private Passing() {}

        public static void main(String[] args) throws IOException {
            pass();
            System.out.println("passed");
        }

        public static void pass() throws IOException {
            try (var server = ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0));
                    var selector = Selector.open();
                    var client = SocketChannel.open(server.getLocalAddress())) {
                var accepted = server.accept();
                accepted.configureBlocking(false);
                accepted.register(selector, SelectionKey.OP_READ);
                selector.selectNow();
                try (var received = (SocketChannel) JavaSockets.open(JavaSockets.take(accepted))) {
                    client.write(ByteBuffer.allocate(1));
                    if (received.read(ByteBuffer.allocate(1)) != 1 || selector.selectNow() != 0) {
                        throw new IOException(received + " is not all that there is of " + client);
                    }
                }
            }
        }
    }
}
