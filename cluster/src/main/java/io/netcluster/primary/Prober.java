package io.netcluster.primary;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks a worker whether it is ready, as a client would.
 *
 * <p>All workers accept from one queue, so a connection may reach any of them. The kernel tells whose it has become
 * (proc_net(5) names the inode of the server's end, and the worker has it open or not): only an answer of this worker
 * counts, and others are asked for until one is.
 */
final class Prober implements Runnable {
    private static final int PAUSE_MILLIS = 50;
    private static final int PATIENCE_MILLIS = 2_000;
    private static final int HTTP_PORT = 80;

    private final URI target;
    private final Worker worker;
    private final Runnable ready;

    private Prober(URI target, Worker worker, Runnable ready) {
        this.target = target;
        this.worker = worker;
        this.ready = ready;
    }

    /** Begins, in a thread of its own, which ends when the worker answers well, or has ended. */
    static void start(URI target, Worker worker, Runnable ready) {
        var thread = new Thread(new Prober(target, worker, ready), "netcluster-probe-" + worker.id());
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    @SuppressWarnings("ThreadSleep") // nobody tells when a program is ready to answer
    public void run() {
        try {
            while (worker.process().isAlive()) {
                if (answers()) {
                    ready.run();
                    return;
                }
                TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
            }
        } catch (InterruptedException e) {
            return; // nobody knows this thread
        }
    }

    private boolean answers() throws InterruptedException {
        try (var socket = new Socket()) {
            int port = target.getPort() < 0 ? HTTP_PORT : target.getPort();
            socket.connect(new InetSocketAddress(target.getHost(), port), PATIENCE_MILLIS);
            socket.setSoTimeout(PATIENCE_MILLIS);
            return isAccepted(socket) && ("tcp".equals(target.getScheme()) || isServed(socket));
        } catch (IOException e) {
            return false; // nobody is there yet
        }
    }

    private boolean isServed(Socket socket) throws IOException {
        var path = target.getRawPath() == null || target.getRawPath().isEmpty() ? "/" : target.getRawPath();
        var query = target.getRawQuery() == null ? "" : "?" + target.getRawQuery();
        var request = "GET " + path + query + " HTTP/1.1\r\nHost: " + target.getRawAuthority()
                + "\r\nUser-Agent: netcluster\r\nAccept: */*\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
        return statusLine(socket.getInputStream()).matches("HTTP/1\\.[01] [23][0-9][0-9].*");
    }

    private static String statusLine(InputStream in) throws IOException {
        var line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\r' && c != '\n' && line.length() < 100; c = in.read()) {
            line.append((char) c);
        }
        return line.toString();
    }

    @SuppressWarnings("ThreadSleep") // the kernel does not tell when a connection is accepted
    private boolean isAccepted(Socket socket) throws IOException, InterruptedException {
        for (int waited = 0; waited < PATIENCE_MILLIS; waited += PAUSE_MILLIS) {
            var inode = inode(socket);
            if (inode != null && !inode.equals("0")) {
                return isWorkers(socket);
            }
            TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
        }
        return false;
    }

    private boolean isWorkers(Socket socket) throws IOException {
        var inode = inode(socket);
        if (inode == null) {
            return false;
        }
        var name = "socket:[" + inode + "]";
        try (var descriptors = Files.newDirectoryStream(Path.of("/proc/" + worker.pid() + "/fd"))) {
            for (var descriptor : descriptors) {
                if (isLinkTo(descriptor, name)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isLinkTo(Path descriptor, String name) {
        try {
            return Files.readSymbolicLink(descriptor).toString().equals(name);
        } catch (IOException e) {
            return false; // closed meanwhile
        }
    }

    /** The inode of the server's end, "0" while nobody has accepted it, or null if it has gone. */
    private static @Nullable String inode(Socket socket) throws IOException {
        var ends = ":" + hex(socket.getPort()) + " [0-9A-F]+:" + hex(socket.getLocalPort()) + " ";
        var table = socket.getInetAddress().getAddress().length == 4 ? "/proc/net/tcp" : "/proc/net/tcp6";
        for (var file : new String[] {table, "/proc/net/tcp6"}) {
            for (var line : Files.readAllLines(Path.of(file), StandardCharsets.ISO_8859_1)) {
                var words = line.trim().split(" +", 11);
                if (words.length == 11
                        && (words[1].replaceAll("^[0-9A-F]+", "") + " " + words[2] + " ").matches(ends)) {
                    return words[9];
                }
            }
        }
        return null;
    }

    private static String hex(int port) {
        return String.format("%04X", port);
    }
}
