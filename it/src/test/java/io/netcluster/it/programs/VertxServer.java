package io.netcluster.it.programs;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;

/** The answers of {@link LineServer} to the path of each request, by Vert.x. Arguments: host, port. */
public final class VertxServer {
    private VertxServer() {}

    public static void main(String[] arguments) {
        Vertx.vertx()
                .createHttpServer()
                .requestHandler(request -> request.response()
                        .end(Buffer.buffer(LineServer.reply(request.path().substring(1)))))
                .listen(Integer.parseInt(arguments[1]), arguments[0])
                .await();
    }
}
