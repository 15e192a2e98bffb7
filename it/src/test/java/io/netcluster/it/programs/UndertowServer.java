package io.netcluster.it.programs;

import io.undertow.Undertow;
import java.nio.ByteBuffer;

/** The answers of {@link LineServer} to the path of each request, by Undertow. Arguments: host, port. */
public final class UndertowServer {
    private UndertowServer() {}

    public static void main(String[] arguments) {
        Undertow.builder()
                .addHttpListener(Integer.parseInt(arguments[1]), arguments[0])
                .setHandler(exchange -> {
                    var line = exchange.getRequestPath().substring(1);
                    exchange.getResponseSender().send(ByteBuffer.wrap(LineServer.reply(line)));
                })
                .build()
                .start();
    }
}
