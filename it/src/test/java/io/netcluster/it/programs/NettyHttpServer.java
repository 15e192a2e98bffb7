package io.netcluster.it.programs;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetSocketAddress;

/**
 * The answers of {@link LineServer} to the path of each request, by Netty's HTTP codec, which leaves keep-alive to this
 * program, and this program never closes a connection. Every other response comes in parts. Arguments: host, port.
 */
public final class NettyHttpServer {
    private NettyHttpServer() {}

    public static void main(String[] arguments) throws Exception {
        var address = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
        new ServerBootstrap()
                .group(group())
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(new HttpServerCodec(), new HttpObjectAggregator(1 << 16), new Answering());
                    }
                })
                .bind(address)
                .sync()
                .channel()
                .closeFuture()
                .sync();
    }

    @SuppressWarnings("deprecation") // what 4.1 and 4.2 both have
    private static EventLoopGroup group() {
        return new io.netty.channel.nio.NioEventLoopGroup(2);
    }

    private static final class Answering extends SimpleChannelInboundHandler<FullHttpRequest> {
        private boolean parts;

        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
            var body = Unpooled.wrappedBuffer(LineServer.reply(request.uri().substring(1)));
            parts = !parts;
            if (parts) {
                var head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
                HttpUtil.setTransferEncodingChunked(head, true);
                context.write(head, context.voidPromise());
                context.writeAndFlush(new DefaultLastHttpContent(body), context.voidPromise());
            } else {
                var whole = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, body);
                HttpUtil.setContentLength(whole, body.readableBytes());
                context.writeAndFlush(whole);
            }
        }
    }
}
