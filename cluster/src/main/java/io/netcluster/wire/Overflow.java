package io.netcluster.wire;

import io.netcluster.sys.PacketWriter;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;

/** Frames for which a batch had no room, of senders that must not wait. For one thread at a time. */
final class Overflow {
    /** A part of a frame, and the descriptor that goes with its first byte. */
    private record Piece(ByteBuffer bytes, int descriptor) {}

    private final Queue<Piece> pieces = new ArrayDeque<>();
    private int bytes;

    boolean isEmpty() {
        return pieces.isEmpty();
    }

    /** How many bytes wait; of a part that has been moved in part, all count. */
    int bytes() {
        return bytes;
    }

    void add(Outbox.Frame frame) {
        add(new Piece(frame.header(), frame.descriptor()));
        add(new Piece(ByteBuffer.wrap(frame.content().bytes()), PacketWriter.NONE));
    }

    private void add(Piece piece) {
        pieces.add(piece);
        bytes += piece.bytes.limit();
    }

    /** Moves what there is room for, in order. */
    void moveTo(Batch batch) {
        var room = batch.bytes();
        for (var piece = pieces.peek(); piece != null; piece = pieces.peek()) {
            var from = piece.bytes;
            boolean inOnePiece = piece.descriptor >= 0; // a header
            if (room.remaining() < (inOnePiece ? from.remaining() : Math.min(1, from.remaining()))) {
                return;
            }
            batch.mark(piece.descriptor);
            int some = Math.min(from.remaining(), room.remaining());
            room.put(from.slice(from.position(), some));
            from.position(from.position() + some);
            if (from.hasRemaining()) {
                return;
            }
            pieces.remove();
            bytes -= from.limit();
        }
    }
}
