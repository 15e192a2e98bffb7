package io.netcluster.cli;

import io.netcluster.cli.AdminRequest.MalformedException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import jdk.net.ExtendedSocketOptions;

/**
 * Takes admin requests at a Unix-domain socket: from its own user, one for each connection, in bounded time and space.
 *
 * <p>A request that is none is answered with what is wrong with it.
 */
final class AdminServer implements AutoCloseable {
    private static final int MOST_CONNECTIONS = 64;
    private static final int MOST_SILENT_SECONDS = 10;

    private final ServerSocketChannel server;
    private final Path socket;
    private final UserPrincipal owner;
    private final Handler handler;
    private final Set<SocketChannel> connections = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("netcluster-admin-clock").factory());

    /** Does what is asked. */
    interface Handler {
        /** Does it, and answers; what it throws is answered too. A thread for each request. */
        void handle(AdminRequest request, Answers answers) throws IOException, InterruptedException;
    }

    private AdminServer(ServerSocketChannel server, Path socket, UserPrincipal owner, Handler handler) {
        this.server = server;
        this.socket = socket;
        this.owner = owner;
        this.handler = handler;
    }

    /**
     * Listens.
     *
     * @param socket in a directory that nobody but this user may enter; a socket that is there is that of a primary that
     *     is dead, and is removed
     * @throws IOException if there is something else, or it cannot be listened there
     */
    static AdminServer open(Path socket, Handler handler) throws IOException {
        if (Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) {
            int mode = (int) Files.getAttribute(socket, "unix:mode", LinkOption.NOFOLLOW_LINKS);
            if ((mode & 0xf000) != 0xc000) { // S_IFMT, S_IFSOCK: inode(7)
                throw new IOException(socket + " is in the way of the admin socket, and is no socket: remove it");
            }
            Files.delete(socket);
        }
        var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(UnixDomainSocketAddress.of(socket));
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
            var admin = new AdminServer(server, socket, Files.getOwner(socket), handler);
            Thread.ofPlatform().daemon().name("netcluster-admin").start(admin::accept);
            return admin;
        } catch (IOException e) {
            server.close();
            throw e;
        }
    }

    private void accept() {
        while (true) {
            try {
                var channel = server.accept();
                boolean served = connections.size() < MOST_CONNECTIONS;
                connections.add(channel);
                Thread.ofVirtual().name("netcluster-admin-request").start(() -> serve(channel, served));
            } catch (IOException e) {
                if (!server.isOpen()) {
                    return;
                }
                pause(); // without descriptors, say
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(SocketChannel channel, boolean served) {
        var answers = new Answers(channel, clock);
        try (channel) {
            if (!served) {
                answers.end(Json.error(
                        ExitStatus.REFUSED, "too many ask this primary at once: there are " + MOST_CONNECTIONS));
                return;
            }
            var peer = channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
            if (!peer.equals(owner)) {
                answers.end(Json.error(
                        ExitStatus.FAILED, "this cluster is " + owner + "'s, and not " + peer.getName() + "'s"));
                return;
            }
            serve(channel, answers);
        } catch (IOException e) {
            // whoever asked has gone, or has said nothing for too long
        } finally {
            connections.remove(channel);
        }
    }

    private void serve(SocketChannel channel, Answers answers) throws IOException {
        var late = clock.schedule(() -> Answers.close(channel), MOST_SILENT_SECONDS, TimeUnit.SECONDS);
        try {
            var line = new Lines(channel, AdminRequest.LONGEST).next();
            late.cancel(false);
            if (line != null) {
                handler.handle(AdminRequest.parse(line), answers);
            }
        } catch (Lines.TooLongException e) {
            answers.end(Json.error(ExitStatus.WRONG, String.valueOf(e.getMessage())));
        } catch (CharacterCodingException e) {
            answers.end(Json.error(ExitStatus.WRONG, "this is not UTF-8"));
        } catch (MalformedException e) {
            answers.end(Json.error(ExitStatus.WRONG, String.valueOf(e.getMessage())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            answers.end(Json.error(ExitStatus.FAILED, "a mistake of netcluster's own, please report it: " + e));
        } finally {
            late.cancel(false);
        }
    }

    /** Takes no more requests, and closes what connections there are. */
    @Override
    public void close() {
        try {
            server.close();
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            // the next primary finds it stale
        }
        connections.forEach(Answers::close);
        clock.shutdown();
    }
}
