import io.netcluster.it.programs.LineServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.AbstractHandler;

/** As JettyServer, by Jetty 9.4, whose handlers are servlets. Arguments: host, port. */
final class Jetty9Server {
    public static void main(String[] arguments) throws Exception {
        var server = new Server(new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1])));
        server.setHandler(new AbstractHandler() {
            @Override
            public void handle(
                    String path, Request handled, HttpServletRequest request, HttpServletResponse response)
                    throws IOException {
                var reply = LineServer.reply(path.substring(1));
                response.setContentLength(reply.length);
                response.getOutputStream().write(reply);
                handled.setHandled(true);
            }
        });
        server.start();
        server.join();
    }
}
