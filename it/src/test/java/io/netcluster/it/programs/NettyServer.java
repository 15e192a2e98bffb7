package io.netcluster.it.programs;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;

/**
 * As {@link LineServer}, by one of Netty's transports.
 *
 * <p>Arguments: the transport, or two for slot 1 and the others such as {@code epoll+socket}; the host; the port; and
 * optionally how many times it is bound, each to an event loop of its own, with SO_REUSEPORT. With
 * {@code -Dcontrol} it prints a port, closes its listener when somebody connects to that, and then hangs up.
 */
public final class NettyServer {
    private NettyServer() {}

    public static void main(String[] arguments) throws Exception {
        var styles = arguments[0].split("\\+", -1);
        var style = styles[Math.min(Integer.getInteger("netcluster.slot", 1), styles.length) - 1];
        var address = new InetSocketAddress(arguments[1], Integer.parseInt(arguments[2]));
        switch (style) {
            case "nio" -> serve(Netty42.group(NioIoHandler.newFactory()), NioServerSocketChannel.class, address, 0);
            case "epoll" -> {
                int loops = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 0;
                serve(Netty42.group(EpollIoHandler.newFactory()), EpollServerSocketChannel.class, address, loops);
            }
            case "io_uring" ->
                serve(Netty42.group(IoUringIoHandler.newFactory()), IoUringServerSocketChannel.class, address, 0);
            case "epoll-4.1" -> serve(Netty41.group(), EpollServerSocketChannel.class, address, 0);
            default -> LineServer.serve(style, address);
        }
    }

    /** What 4.1 does not have, in a class that is not loaded there. */
    private static final class Netty42 {
        static EventLoopGroup group(IoHandlerFactory factory) {
            return new MultiThreadIoEventLoopGroup(2, factory);
        }
    }

    private static final class Netty41 {
        @SuppressWarnings("deprecation") // it is how Netty 4.1 does it
        static EventLoopGroup group() {
            return new io.netty.channel.epoll.EpollEventLoopGroup(2);
        }
    }

    private static void serve(
            EventLoopGroup group, Class<? extends ServerChannel> type, InetSocketAddress address, int loops)
            throws Exception {
        var bootstrap = new ServerBootstrap().group(group).channel(type).childHandler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new Answering());
            }
        });
        if (loops > 0) {
            bootstrap.option(UnixChannelOption.SO_REUSEPORT, true);
        }
        try {
            for (int i = 0; i < Math.max(1, loops); i++) {
                var channel = bootstrap.bind(address).sync().channel();
                if (System.getProperty("control") != null) {
                    closeOnDemand(channel);
                }
            }
        } catch (Exception e) {
            System.out.println("refused: " + e);
            System.exit(3);
        }
        Thread.currentThread().join();
    }

    private static void closeOnDemand(Channel channel) throws Exception {
        try (var control = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            System.out.println("control " + control.getLocalPort());
            try (var _ = control.accept()) {
                channel.close().sync();
            }
        }
    }

    private static final class Answering extends ChannelInboundHandlerAdapter {
        private final StringBuilder line = new StringBuilder();

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            var bytes = (ByteBuf) message;
            line.append(bytes.toString(StandardCharsets.US_ASCII));
            bytes.release();
            for (int end = line.indexOf("\n"); end >= 0; end = line.indexOf("\n")) {
                var text = line.substring(0, end);
                line.delete(0, end + 1);
                context.writeAndFlush(Unpooled.wrappedBuffer(LineServer.reply(text)));
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close(); // the client has gone
        }
    }
}
