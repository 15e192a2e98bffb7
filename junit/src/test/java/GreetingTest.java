import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.net.httpserver.*;
import io.netcluster.junit.FreePort;
import java.net.*;
import org.junit.jupiter.api.Test;

class GreetingTest {
    @Test
    void greets(@FreePort int port) throws Exception {
        var hello = HttpHandlers.of(200, Headers.of(), "hello");
        HttpServer.create(new InetSocketAddress(port), 0, "/", hello).start();

        try (var answer = URI.create("http://localhost:" + port).toURL().openStream()) {
            assertEquals("hello", new String(answer.readAllBytes()));
        }
    }
}
