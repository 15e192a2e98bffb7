package io.netcluster.it;

import io.netcluster.sys.Descriptors;
import io.netcluster.sys.PacketReader;
import io.netcluster.sys.Packets;
import io.netcluster.sys.Sockets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/** Does for a test what systemd does: hears what a service says, opens sockets for it, and keeps those it is given. */
final class ServiceManager implements AutoCloseable {
    /** Opens sockets as its arguments say, up to {@code --}, and becomes what follows; as systemd, between fork and exec. */
    private static final String OPEN = """
            $^F = 1000;
            my @names;
            while ((my $what = shift) ne '--') {
                my ($name, $kind, $at) = split /=/, $what;
                my $s;
                if ($kind eq 'fifo') { open($s, '<', '/dev/null') or die; }
                elsif ($kind eq 'unbound') { socket($s, AF_INET, SOCK_STREAM, 0) or die; }
                elsif ($kind eq 'unix') {
                    socket($s, AF_UNIX, SOCK_STREAM, 0) or die; bind($s, sockaddr_un($at)) or die; listen($s, 50);
                }
                elsif ($kind eq 'tcp') {
                    socket($s, AF_INET, SOCK_STREAM, 0) or die; setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1);
                    bind($s, sockaddr_in($at, INADDR_LOOPBACK)) or die "bind $at: $!"; listen($s, 50);
                }
                elsif ($kind eq 'tcp6') {
                    socket($s, AF_INET6, SOCK_STREAM, 0) or die; setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1);
                    bind($s, sockaddr_in6($at, IN6ADDR_ANY)) or die "bind $at: $!"; listen($s, 50);
                }
                elsif ($kind eq 'udp') {
                    socket($s, AF_INET, SOCK_DGRAM, 0) or die; bind($s, sockaddr_in($at, INADDR_LOOPBACK)) or die;
                }
                elsif ($kind eq 'udp6') {
                    socket($s, AF_INET6, SOCK_DGRAM, 0) or die;
                    bind($s, sockaddr_in6($at, inet_pton(AF_INET6, '::ffff:127.0.0.1'))) or die;
                }
                else { # kept: it comes from a Unix-domain socket, by recvmsg(2)
                    socket(my $from, AF_UNIX, SOCK_STREAM, 0); connect($from, sockaddr_un($at)) or die "$at: $!";
                    my ($byte, $control) = ("\\0", "\\0" x 24);
                    my $vector = pack('PQ', $byte, 1);
                    my $header = pack('QQPQPQQ', 0, 0, $vector, 1, $control, 24, 0);
                    syscall(`uname -m` =~ /x86/ ? 47 : 212, fileno($from), $header, 0) == 1 or die "recvmsg: $!";
                    my $kept = unpack('x16i', $control);
                    close($from);
                    POSIX::dup2($kept, 3 + @names); POSIX::close($kept) if $kept != 3 + @names;
                    $s = undef;
                }
                die 'wrong number' if $s && fileno($s) != 3 + @names;
                push @main::open, $s;
                push @names, $name;
            }
            $ENV{LISTEN_PID} = $$; $ENV{LISTEN_FDS} = @names; $ENV{LISTEN_FDNAMES} = join(':', @names);
            exec @ARGV or die $!;
            """;

    /**
     * What a service has said at once.
     *
     * @param descriptors what came with it, the manager's
     */
    record Said(String text, List<Integer> descriptors) {
        /** The value of a variable, or null. */
        String value(String name) {
            return text.lines()
                    .filter(line -> line.startsWith(name + "="))
                    .map(line -> line.substring(name.length() + 1))
                    .findFirst()
                    .orElse(null);
        }
    }

    private final int fd = Sockets.unixDatagram();
    private final String address;
    private final List<Said> heard = new CopyOnWriteArrayList<>();
    private final Map<String, Integer> stored = new ConcurrentHashMap<>();
    private final List<Integer> removed = new CopyOnWriteArrayList<>();
    private volatile boolean slow;

    /** Listens at a path, or at an abstract name that begins with {@code @}. */
    ServiceManager(String address) throws IOException {
        this.address = address;
        Sockets.bindUnix(fd, address.replace('@', '\0').getBytes(StandardCharsets.UTF_8));
        Thread.ofPlatform().daemon().start(this::hear);
    }

    /** What goes before a command that is to get these sockets, each {@code NAME=KIND=WHERE}. */
    static List<String> opening(String... sockets) {
        var prefix = new ArrayList<>(List.of("perl", "-MSocket=:all", "-MPOSIX=dup2", "-e", OPEN, "--"));
        prefix.addAll(List.of(sockets));
        prefix.add("--");
        return prefix;
    }

    Map<String, String> environment() {
        return Map.of("NOTIFY_SOCKET", address);
    }

    private void hear() {
        try {
            var reader = new PacketReader(fd);
            while (true) {
                var bytes = ByteBuffer.allocateDirect(8192);
                var descriptors = new ArrayList<Integer>();
                reader.read(bytes, descriptors::add);
                if (bytes.position() == 0) {
                    return; // shut down: recv(2) has nothing any more, at once
                }
                var said = new Said(StandardCharsets.UTF_8.decode(bytes.flip()).toString(), List.copyOf(descriptors));
                keep(said);
                heard.add(said);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        } finally {
            Descriptors.close(fd);
        }
    }

    private void keep(Said said) {
        var name = said.value("FDNAME");
        if (said.value("FDSTORE") != null) {
            stored.put(name, said.descriptors.getFirst());
        }
        var gone = said.value("FDSTOREREMOVE") == null ? null : stored.remove(name);
        if (gone != null && slow) {
            removed.add(gone);
        } else if (gone != null) {
            Descriptors.close(gone);
        }
    }

    /** From now on it is late in closing what a service has had removed. */
    void slow() {
        slow = true;
    }

    /** Has a descriptor in its store, which it passes on by this name. */
    void store(String name, int descriptor) {
        stored.put(name, descriptor);
    }

    /** What is in its store. */
    Set<String> stored() {
        return Set.copyOf(stored.keySet());
    }

    /** What is to be passed to a service that is started, as {@link #opening} takes it. */
    List<String> passing(Path directory) throws IOException {
        var passed = new ArrayList<String>();
        for (var each : stored.entrySet()) {
            var hand = Files.createTempDirectory(directory, "hand").resolve("socket");
            hand(each.getValue(), hand);
            passed.add(each.getKey() + "=kept=" + hand);
        }
        return passed;
    }

    /** All that it has heard. */
    List<Said> heard() {
        return List.copyOf(heard);
    }

    /** Waits until a service says this, and returns all that was said at once with it. */
    Said await(String line) {
        return await(line, said -> said.text.lines().anyMatch(line::equals));
    }

    Said await(String what, Predicate<Said> condition) {
        Running.await("the service says " + what, _ -> heard.stream().anyMatch(condition));
        return heard.stream().filter(condition).findFirst().orElseThrow();
    }

    /** Gives a descriptor to whoever connects to the path first, which is what {@code kept} does. */
    private static void hand(int descriptor, Path path) throws IOException {
        int server = Sockets.unixStream();
        Sockets.bindUnix(server, path.toString().getBytes(StandardCharsets.UTF_8));
        Sockets.listen(server);
        Thread.ofPlatform().daemon().start(() -> {
            try {
                int connection = Sockets.accept(server);
                Packets.sendDescriptor(connection, descriptor);
                Descriptors.close(connection);
                Descriptors.close(server);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Override
    public void close() {
        stored.values().forEach(Descriptors::close);
        removed.forEach(Descriptors::close);
        Sockets.shutdown(fd);
    }
}
