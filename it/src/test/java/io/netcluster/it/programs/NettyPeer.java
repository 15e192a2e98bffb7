package io.netcluster.it.programs;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * What Netty binds besides servers for streams.
 *
 * <p>Arguments: {@code client}, two local ports, a port to connect to; or {@code datagrams} and a port.
 */
public final class NettyPeer {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    private NettyPeer() {}

    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[1]);
        var bootstrap = new Bootstrap().group(new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory()));
        if (arguments[0].equals("client")) {
            var next = new InetSocketAddress(LOOPBACK, Integer.parseInt(arguments[2]));
            var remote = new InetSocketAddress(LOOPBACK, Integer.parseInt(arguments[3]));
            connect(bootstrap, new InetSocketAddress(LOOPBACK, port), next, remote);
        } else {
            answerDatagrams(bootstrap, new InetSocketAddress(LOOPBACK, port));
        }
        Thread.currentThread().join();
    }

    /** In the two ways that Netty has, each with a local port of its own. */
    private static void connect(
            Bootstrap bootstrap, InetSocketAddress local, InetSocketAddress next, InetSocketAddress remote)
            throws InterruptedException {
        bootstrap.channel(EpollSocketChannel.class).handler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {} // it has nothing to say
        });
        print(bootstrap.connect(remote, local).sync().channel());
        var channel = bootstrap.register().sync().channel();
        channel.bind(next).sync();
        print(channel.connect(remote).sync().channel());
    }

    private static void print(Channel channel) {
        System.out.println("connected from " + ((InetSocketAddress) channel.localAddress()).getPort());
    }

    private static void answerDatagrams(Bootstrap bootstrap, InetSocketAddress local) throws InterruptedException {
        bootstrap
                .channel(EpollDatagramChannel.class)
                .handler(new SimpleChannelInboundHandler<DatagramPacket>() {
                    @Override
                    protected void channelRead0(ChannelHandlerContext context, DatagramPacket packet) {
                        var line = packet.content()
                                .toString(StandardCharsets.US_ASCII)
                                .strip();
                        context.writeAndFlush(
                                new DatagramPacket(Unpooled.wrappedBuffer(LineServer.reply(line)), packet.sender()));
                    }
                })
                .bind(local)
                .sync();
    }
}
