package io.netcluster.it.programs;

import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** The answers of {@link LineServer}, as a gRPC service on a relocated Netty. Arguments: host, port. */
public final class GrpcServer {
    /** The service's one method. */
    public static final MethodDescriptor<String, String> ANSWER = MethodDescriptor.<String, String>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(MethodDescriptor.generateFullMethodName("lines", "answer"))
            .setRequestMarshaller(new Text())
            .setResponseMarshaller(new Text())
            .build();

    private GrpcServer() {}

    public static void main(String[] arguments) throws Exception {
        var service = ServerServiceDefinition.builder("lines")
                .addMethod(ANSWER, ServerCalls.asyncUnaryCall((line, answers) -> {
                    answers.onNext(new String(LineServer.reply(line), StandardCharsets.US_ASCII));
                    answers.onCompleted();
                }))
                .build();
        NettyServerBuilder.forAddress(new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1])))
                .addService(service)
                .build()
                .start()
                .awaitTermination();
    }

    private static final class Text implements MethodDescriptor.Marshaller<String> {
        @Override
        public InputStream stream(String text) {
            return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String parse(InputStream stream) {
            try {
                return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
