package io.netcluster.sys;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A datagram to the service manager, with descriptors: what sd_notify(3) sends, and sd_pid_notify_with_fds. */
public final class Notification {
    private static final int PATIENCE_MILLIS = 1000;

    private Notification() {}

    /**
     * Sends it; waits a moment if the manager is busy.
     *
     * @param socket where NOTIFY_SOCKET says: a path, or {@code @} and an abstract name
     * @param text lines such as {@code READY=1}
     * @param descriptors travel with it as duplicates; they stay the caller's
     */
    public static void send(String socket, String text, int... descriptors) throws IOException {
        var name = socket.getBytes(StandardCharsets.UTF_8);
        if (name[0] == '@') {
            name[0] = 0;
        }
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        var data = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        int fd = Sockets.unixDatagram();
        try {
            Sockets.connectUnix(fd, name);
            var writer = new PacketWriter(fd);
            if (writer.write(data, descriptors) == 0
                    && (!Sockets.awaitWritable(fd, PATIENCE_MILLIS) || writer.write(data, descriptors) == 0)) {
                throw new IOException("the service manager does not read " + socket);
            }
        } finally {
            Descriptors.close(fd);
        }
    }
}
