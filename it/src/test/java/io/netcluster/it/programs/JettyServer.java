package io.netcluster.it.programs;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;

/**
 * The answers of {@link LineServer} to the path of each request, by Jetty. Arguments: host, port; before them, perhaps,
 * {@code graceful}: it has its own orderly stop.
 */
public final class JettyServer {
    private JettyServer() {}

    public static void main(String[] arguments) throws Exception {
        boolean isGraceful = arguments[0].equals("graceful");
        int first = isGraceful ? 1 : 0;
        var server = new Server();
        var configuration = new HttpConfiguration();
        var connector = new ServerConnector(
                server, new HttpConnectionFactory(configuration), new HTTP2CServerConnectionFactory(configuration));
        connector.setIdleTimeout(5_000); // at which it closes HTTP/2 connections that have had their GOAWAY
        connector.setHost(arguments[first]);
        connector.setPort(Integer.parseInt(arguments[first + 1]));
        server.addConnector(connector);
        server.setHandler(new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) {
                var line = request.getHttpURI().getPath().substring(1);
                response.write(true, ByteBuffer.wrap(LineServer.reply(line)), callback);
                return true;
            }
        });
        if (isGraceful) {
            server.insertHandler(new GracefulHandler());
            server.setStopTimeout(5_000);
            server.setStopAtShutdown(true);
        }
        server.start();
        server.join();
    }
}
