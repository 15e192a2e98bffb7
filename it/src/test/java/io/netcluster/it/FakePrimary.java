package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.sys.Descriptors;
import io.netcluster.sys.Sockets;
import io.netcluster.wire.Address.Transport;
import io.netcluster.wire.Frames;
import io.netcluster.wire.Message;
import io.netcluster.wire.Message.Close;
import io.netcluster.wire.Message.Granted;
import io.netcluster.wire.Message.Hello;
import io.netcluster.wire.Message.Listen;
import io.netcluster.wire.Message.Released;
import io.netcluster.wire.Message.Welcome;
import io.netcluster.wire.Message.Withdraw;
import io.netcluster.wire.Message.Withdrawn;
import io.netcluster.wire.SocketTransfer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A primary with one worker, a {@code Puppet}, that says what a test tells it to, and keeps what it hears. */
final class FakePrimary implements AutoCloseable {
    private final int server = Sockets.unixStream();
    private final boolean last;
    private final CompletableFuture<Frames> link = new CompletableFuture<>();
    private final Map<Long, Integer> listeners = new ConcurrentHashMap<>(); // by grant
    private final List<Message> heard = new CopyOnWriteArrayList<>();
    private final Running worker;

    /**
     * Starts it and its worker.
     *
     * @param last what it answers when the worker asks whether it is the last to have a listener
     */
    FakePrimary(Path directory, boolean last, String... javaOptions) throws IOException {
        this.last = last;
        var path = directory.resolve("link");
        Sockets.bindUnix(server, path.toString().getBytes(StandardCharsets.UTF_8));
        Sockets.listen(server);
        Thread.ofPlatform().daemon().start(this::serve);
        var agent = agent().toString();
        var command = new ArrayList<>(List.of(Running.JAVA, "-javaagent:" + agent));
        command.addAll(List.of(javaOptions));
        command.addAll(List.of("-cp", Running.classPath(), "io.netcluster.it.programs.Puppet"));
        worker = Running.start(
                command,
                Map.ofEntries(
                        Map.entry("NETCLUSTER_LINK", path.toString()),
                        Map.entry("NETCLUSTER_AGENT", agent),
                        Map.entry("NETCLUSTER_TOKEN", "token"),
                        Map.entry("NETCLUSTER_ID", "7"),
                        Map.entry("NETCLUSTER_SLOT", "3"),
                        Map.entry("NETCLUSTER_GENERATION", "2"),
                        Map.entry("NETCLUSTER_NAME", "puppet"),
                        Map.entry("NETCLUSTER_PORT0", ""),
                        Map.entry("NETCLUSTER_PORT0_RANGE", ""),
                        Map.entry("NETCLUSTER_OWN", "")));
    }

    private static Path agent() throws IOException {
        try (var jars = Files.newDirectoryStream(Running.HOME.resolve("cluster/target"), "netcluster-*T.jar")) {
            return jars.iterator().next();
        }
    }

    Running worker() {
        return worker;
    }

    private void serve() {
        try {
            var frames = new Frames(new SocketTransfer(Sockets.accept(server)));
            for (var received = frames.receive(); received != null; received = frames.receive()) {
                var message = received.message();
                switch (message) {
                    case Hello _ -> {
                        frames.send(new Welcome(ProcessHandle.current().pid()), Frames.NONE);
                        link.complete(frames);
                    }
                    case Listen listen -> {
                        bind(listen, received.descriptor().getAsInt());
                        frames.send(new Granted(listen.grant(), 0), Frames.NONE);
                    }
                    case Withdraw withdraw -> {
                        if (last) {
                            Descriptors.close(listener(withdraw.grant()));
                        }
                        frames.send(new Withdrawn(withdraw.grant(), last), Frames.NONE);
                    }
                    case Close close -> frames.send(new Released(close.grant()), Frames.NONE);
                    default -> {}
                }
                heard.add(message);
            }
        } catch (IOException e) {
            link.completeExceptionally(e); // the worker has ended
        }
    }

    private void bind(Listen listen, int fd) throws IOException {
        var address = listen.address();
        Descriptors.setNonBlocking(fd);
        if (address.transport() == Transport.UNIX) {
            Sockets.bindUnix(fd, address.bytes());
        } else {
            Sockets.bindInet(fd, address.bytes(), address.scope(), address.port());
        }
        Sockets.listen(fd);
        listeners.put(listen.grant(), fd);
    }

    private int listener(long grant) {
        return listeners.getOrDefault(grant, -1);
    }

    /** Accepts as another worker would, that has the same listener; the connection is closed. */
    void acceptElsewhere(long grant) throws IOException {
        Descriptors.close(Sockets.accept(listener(grant)));
    }

    void say(Message message) throws IOException {
        link.join().send(message, Frames.NONE);
    }

    /** What it has heard so far of this kind. */
    <T extends Message> List<T> heard(Class<T> kind) {
        return heard.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    /** Waits until it has heard one of this kind, and returns the first. */
    <T extends Message> T await(Class<T> kind) {
        Running.await(kind.getSimpleName(), _ -> !heard(kind).isEmpty());
        return heard(kind).getFirst();
    }

    String tell(String command) throws IOException {
        return Puppets.tellAt(control(), command);
    }

    String done(String command) throws IOException {
        var answer = tell(command);
        assertThat(answer).as(command).doesNotStartWith("failed");
        return answer;
    }

    int control() {
        return Integer.parseInt(worker.await("^control (\\d+)").group(1));
    }

    @Override
    public void close() {
        worker.close();
        Sockets.shutdown(server);
        Descriptors.close(server);
        listeners.values().forEach(Descriptors::close);
    }
}
