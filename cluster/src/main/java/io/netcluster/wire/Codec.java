package io.netcluster.wire;

import io.netcluster.wire.Message.Attach;
import io.netcluster.wire.Message.Close;
import io.netcluster.wire.Message.Disconnect;
import io.netcluster.wire.Message.Drain;
import io.netcluster.wire.Message.Draining;
import io.netcluster.wire.Message.Granted;
import io.netcluster.wire.Message.Hello;
import io.netcluster.wire.Message.Holding;
import io.netcluster.wire.Message.Listen;
import io.netcluster.wire.Message.Listening;
import io.netcluster.wire.Message.Ping;
import io.netcluster.wire.Message.Pong;
import io.netcluster.wire.Message.Ready;
import io.netcluster.wire.Message.Refused;
import io.netcluster.wire.Message.Released;
import io.netcluster.wire.Message.Reopen;
import io.netcluster.wire.Message.Settled;
import io.netcluster.wire.Message.Welcome;
import io.netcluster.wire.Message.Withdraw;
import io.netcluster.wire.Message.Withdrawn;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Messages as bytes: writer and reader side by side. */
final class Codec {
    static final int MAGIC = 0x6e65_7463; // "netc"
    static final short VERSION = 4;
    static final int HEADER = 8;
    static final int MAX_BODY =
            1024; // the longest is a Reopen; a Holding with a path of 108 bytes and a name of 255 characters has 899

    private static final byte HELLO = 1;
    private static final byte LISTEN = 2;
    private static final byte LISTENING = 3;
    private static final byte CLOSE = 4;
    private static final byte ATTACH = 5;
    private static final byte READY = 6;
    private static final byte DISCONNECT = 7;
    private static final byte DRAINING = 8;
    private static final byte WITHDRAW = 9;
    private static final byte HOLDING = 10;
    private static final byte SETTLED = 11;
    private static final byte PONG = 12;
    private static final byte WELCOME = 65;
    private static final byte GRANTED = 66;
    private static final byte REFUSED = 67;
    private static final byte RELEASED = 68;
    private static final byte DRAIN = 69;
    private static final byte WITHDRAWN = 70;
    private static final byte PING = 71;
    private static final byte REOPEN = 72;

    private Codec() {}

    /** A frame's first 8 bytes, checked. */
    record Header(int length, byte kind, boolean descriptor) {
        static Header of(byte[] bytes) throws ProtocolException {
            var in = ByteBuffer.wrap(bytes);
            int length = in.getInt();
            byte kind = in.get();
            byte descriptors = in.get();
            if (length < 0 || length > MAX_BODY) {
                throw new ProtocolException("a frame of " + Integer.toUnsignedString(length) + " bytes; at most "
                        + MAX_BODY + " are allowed");
            }
            if (descriptors < 0 || descriptors > 1 || in.getShort() != 0) {
                throw new ProtocolException("a malformed frame header");
            }
            return new Header(length, kind, descriptors == 1);
        }
    }

    /** The whole frame but for the descriptor's byte. */
    static byte[] encode(Message message, boolean descriptor) {
        var out = ByteBuffer.allocate(HEADER + MAX_BODY).position(HEADER);
        byte kind = put(out, message);
        var frame = new byte[out.position()];
        out.putInt(0, frame.length - HEADER).put(4, kind).put(5, (byte) (descriptor ? 1 : 0));
        out.flip().get(frame);
        return frame;
    }

    /** Writes the body, and returns the kind. No switch: a worker that has just started takes 13 ms to link one on patterns. */
    private static byte put(ByteBuffer out, Message message) {
        if (message instanceof Hello hello) {
            putVersion(out);
            out.putLong(hello.worker()).putLong(hello.pid());
            putBytes(out, hello.token().getBytes(StandardCharsets.US_ASCII));
            return HELLO;
        }
        if (message instanceof Listen listen) {
            putAddress(out.putLong(listen.grant()), listen.address());
            putPolicy(out, listen.policy());
            return LISTEN;
        }
        if (message instanceof Listening listening) {
            putAddress(out.putLong(listening.grant()), listening.address());
            return LISTENING;
        }
        if (message instanceof Close close) {
            out.putLong(close.grant());
            return CLOSE;
        }
        if (message instanceof Attach attach) {
            putVersion(out);
            out.putLong(attach.worker());
            putBytes(out, attach.token().getBytes(StandardCharsets.US_ASCII));
            return ATTACH;
        }
        if (message instanceof Ready) {
            return READY;
        }
        if (message instanceof Disconnect disconnect) {
            out.putLong(disconnect.millis());
            return DISCONNECT;
        }
        if (message instanceof Draining draining) {
            out.putInt(draining.connections());
            return DRAINING;
        }
        if (message instanceof Withdraw withdraw) {
            out.putLong(withdraw.grant());
            return WITHDRAW;
        }
        if (message instanceof Holding holding) {
            putAddress(out.putLong(holding.grant()), holding.asked());
            putPolicy(out.putShort((short) holding.port()), holding.policy());
            out.putInt(holding.number());
            return HOLDING;
        }
        if (message instanceof Settled) {
            return SETTLED;
        }
        if (message instanceof Pong pong) {
            out.putLong(pong.number()).putLong(pong.heapUsed()).putLong(pong.heapMax());
            return PONG;
        }
        if (message instanceof Drain drain) {
            out.putLong(drain.millis()).put((byte) (drain.messages() ? 1 : 0));
            return DRAIN;
        }
        if (message instanceof Withdrawn withdrawn) {
            out.putLong(withdrawn.grant()).put((byte) (withdrawn.last() ? 1 : 0));
            return WITHDRAWN;
        }
        if (message instanceof Welcome welcome) {
            out.putLong(welcome.pid());
            return WELCOME;
        }
        if (message instanceof Granted granted) {
            out.putLong(granted.grant()).putInt(granted.number());
            return GRANTED;
        }
        if (message instanceof Refused refused) {
            out.putLong(refused.grant()).putInt(refused.errno());
            return REFUSED;
        }
        if (message instanceof Released released) {
            out.putLong(released.grant());
            return RELEASED;
        }
        if (message instanceof Ping ping) {
            out.putLong(ping.number());
            return PING;
        }
        if (message instanceof Reopen reopen) {
            putBytes(out, reopen.out().getBytes(StandardCharsets.UTF_8));
            putBytes(out, reopen.err().getBytes(StandardCharsets.UTF_8));
            return REOPEN;
        }
        throw new IllegalArgumentException("no message: " + message);
    }

    static Message decode(byte kind, byte[] body) throws ProtocolException {
        var in = ByteBuffer.wrap(body);
        try {
            Message message = switch (kind) {
                case HELLO -> {
                    checkVersion(in);
                    long worker = in.getLong();
                    long pid = in.getLong();
                    yield new Hello(worker, text(in, StandardCharsets.US_ASCII), pid);
                }
                case LISTEN -> new Listen(in.getLong(), address(in), policy(in));
                case LISTENING -> new Listening(in.getLong(), address(in));
                case CLOSE -> new Close(in.getLong());
                case ATTACH -> {
                    checkVersion(in);
                    long worker = in.getLong();
                    yield new Attach(worker, text(in, StandardCharsets.US_ASCII));
                }
                case READY -> new Ready();
                case DISCONNECT -> new Disconnect(in.getLong());
                case DRAINING -> new Draining(in.getInt());
                case WITHDRAW -> new Withdraw(in.getLong());
                case HOLDING ->
                    new Holding(in.getLong(), address(in), Short.toUnsignedInt(in.getShort()), policy(in), in.getInt());
                case SETTLED -> new Settled();
                case PONG -> new Pong(in.getLong(), in.getLong(), in.getLong());
                case DRAIN -> new Drain(in.getLong(), in.get() != 0);
                case WITHDRAWN -> new Withdrawn(in.getLong(), in.get() != 0);
                case WELCOME -> new Welcome(in.getLong());
                case GRANTED -> new Granted(in.getLong(), in.getInt());
                case REFUSED -> new Refused(in.getLong(), in.getInt());
                case RELEASED -> new Released(in.getLong());
                case PING -> new Ping(in.getLong());
                case REOPEN -> {
                    var out = new String(bytes(in), StandardCharsets.UTF_8);
                    yield new Reopen(out, new String(bytes(in), StandardCharsets.UTF_8));
                }
                default -> throw new ProtocolException("a message of unknown kind " + kind);
            };
            if (in.hasRemaining()) {
                throw new ProtocolException(in.remaining() + " bytes too many in a message of kind " + kind);
            }
            return message;
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw new ProtocolException("a malformed message of kind " + kind + ": " + e);
        }
    }

    private static void putVersion(ByteBuffer out) {
        out.putInt(MAGIC).putShort(VERSION);
    }

    private static void checkVersion(ByteBuffer in) throws ProtocolException {
        if (in.getInt() != MAGIC) {
            throw new ProtocolException("the peer does not speak netcluster's protocol");
        }
        short version = in.getShort();
        if (version != VERSION) {
            throw new ProtocolException(
                    "the worker speaks version " + version + " of the protocol, the primary version " + VERSION);
        }
    }

    private static void putAddress(ByteBuffer out, Address address) {
        out.put((byte) address.transport().code()).putInt(address.scope()).putShort((short) address.port());
        putBytes(out, address.bytes());
    }

    private static Address address(ByteBuffer in) {
        var transport = Address.Transport.of(in.get());
        int scope = in.getInt();
        int port = Short.toUnsignedInt(in.getShort());
        return new Address(transport, bytes(in), scope, port);
    }

    private static void putPolicy(ByteBuffer out, PortPolicy policy) {
        out.put((byte) policy.kind().code());
        putBytes(out, policy.name().getBytes(StandardCharsets.UTF_8));
    }

    private static PortPolicy policy(ByteBuffer in) {
        var kind = PortPolicy.Kind.of(in.get());
        return new PortPolicy(kind, text(in, StandardCharsets.UTF_8));
    }

    private static void putBytes(ByteBuffer out, byte[] bytes) {
        out.putShort((short) bytes.length).put(bytes);
    }

    /** Text that would not be written as it was read is somebody's attempt at something. */
    private static String text(ByteBuffer in, Charset charset) {
        var bytes = bytes(in);
        var text = new String(bytes, charset);
        if (!Arrays.equals(text.getBytes(charset), bytes)) {
            throw new IllegalArgumentException("text that is not " + charset);
        }
        return text;
    }

    private static byte[] bytes(ByteBuffer in) {
        var bytes = new byte[Math.min(Short.toUnsignedInt(in.getShort()), MAX_BODY)];
        in.get(bytes);
        return bytes;
    }
}
