package io.netcluster.it;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** What systemd-journald is to a service: a stream socket that its output is connected to. */
final class Journal implements AutoCloseable {
    /** Connects standard output and error to its first argument, says so, and becomes what follows. */
    private static final String CONNECT = """
            socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die; connect($s, sockaddr_un(shift)) or die $!;
            open(STDOUT, '>&', $s) or die; open(STDERR, '>&', $s) or die;
            my ($device, $inode) = stat(STDOUT);
            $ENV{JOURNAL_STREAM} = "$device:$inode";
            exec @ARGV or die $!;
            """;

    private final Path path;
    private final ServerSocketChannel server;
    private final List<String> lines = new CopyOnWriteArrayList<>();

    Journal(Path path) throws IOException {
        this.path = path;
        this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(path));
        Thread.ofPlatform().daemon().start(this::accept);
    }

    /** What goes before a command that is to print here. */
    List<String> prefix() {
        return List.of("perl", "-MSocket=:all", "-e", CONNECT, path.toString());
    }

    private void accept() {
        try {
            while (true) {
                var stream = server.accept();
                Thread.ofPlatform().daemon().start(() -> read(stream));
            }
        } catch (IOException e) {
            return; // closed
        }
    }

    private void read(SocketChannel stream) {
        try (var reader =
                new BufferedReader(new InputStreamReader(Channels.newInputStream(stream), StandardCharsets.UTF_8))) {
            reader.lines().forEach(lines::add);
        } catch (IOException e) {
            return; // all who print have been killed
        }
    }

    List<String> lines() {
        return List.copyOf(lines);
    }

    /** Waits until a line matches, and returns the last that does. */
    MatchResult await(String regex) {
        var pattern = Pattern.compile(regex);
        Running.await(
                regex + " in the journal",
                _ -> lines.stream().anyMatch(line -> pattern.matcher(line).find()));
        return lines.stream()
                .flatMap(line -> pattern.matcher(line).results())
                .reduce((_, last) -> last)
                .orElseThrow();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
