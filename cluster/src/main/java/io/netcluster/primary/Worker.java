package io.netcluster.primary;

import io.netcluster.sys.Processes;
import io.netcluster.wire.Address;
import io.netcluster.wire.Frames;
import io.netcluster.wire.Message.Drain;
import io.netcluster.wire.Message.Hello;
import io.netcluster.wire.Message.Ping;
import io.netcluster.wire.Message.Reopen;
import io.netcluster.wire.MessageChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A worker as the primary sees it: its process, its link, and what it was granted.
 *
 * <p>Confined to the supervisor's thread, but for what is public.
 */
public final class Worker {
    private static final int SIGTERM = 15;

    private final long id;
    private final int slot;
    private final int place;
    private final String token;
    private final WorkerProcess process;
    private final boolean java;
    private final Plan plan;
    private final @Nullable MessageChannel channel;
    private final LastLines lastLines;
    private final Instant started;
    private @Nullable Instant ready;
    private final Map<Long, Listening> grants = new HashMap<>();
    private volatile @Nullable WorkerLink link;
    private long lastPeer;
    private Beat beat = new Beat(Instant.MIN, -1, -1);
    private Instant asked = Instant.MIN;
    private long lastPing;

    /** A sign of life, and what of its heap it uses; -1 if that is not known. */
    record Beat(Instant when, long heapUsed, long heapMax) {}

    /** A listener that the worker has: a shared one, or (null) one of its own. */
    public record Listening(@Nullable Listener listener, Address address) {
        /** Whether other workers can have it too. */
        public boolean isShared() {
            return listener != null && !listener.reusesPort() && !listener.isSticky();
        }

        @Override
        public String toString() {
            var udp = address.transport() == Address.Transport.UDP ? "UDP, " : "";
            var how = listener == null
                    ? "its own"
                    : listener.reusesPort() ? "SO_REUSEPORT" : listener.isSticky() ? "sticky" : "shared";
            return address + " (" + udp + how + ")";
        }
    }

    /**
     * A worker whose process runs.
     *
     * @param place by which its own ports are counted
     * @param plan by which its slot is run
     * @param java whether the process is the worker's JVM, and not a start script that starts it
     * @param started when it was started
     * @param channel where messages will go, or null if this cluster's program takes none
     * @param lastLines where what it prints is to be found
     */
    Worker(
            long id,
            int slot,
            int place,
            Plan plan,
            String token,
            WorkerProcess process,
            boolean java,
            Instant started,
            @Nullable MessageChannel channel,
            LastLines lastLines) {
        this.id = id;
        this.slot = slot;
        this.place = place;
        this.plan = plan;
        this.token = token;
        this.process = process;
        this.java = java;
        this.started = started;
        this.channel = channel;
        this.lastLines = lastLines;
    }

    /** One incarnation; never used twice in a cluster. */
    public long id() {
        return id;
    }

    /** Its place, which a replacement takes over. */
    public int slot() {
        return slot;
    }

    /** By which its own ports are counted: the lowest number that no other worker had when it was started. */
    int place() {
        return place;
    }

    /** Which reload it belongs to; 1 before any. */
    public int generation() {
        return plan.generation();
    }

    /** What it printed last, as far as the primary can know; any thread. */
    public List<String> lastLines() {
        return lastLines.get();
    }

    /** A number that changes when it has printed something, as far as the primary can know; any thread. */
    long printed() {
        return lastLines.amount();
    }

    /** Its latest sign of life. */
    Beat beat() {
        return beat;
    }

    /** It has answered a ping. */
    void beats(long heapUsed, long heapMax) {
        beat = new Beat(Instant.now(), heapUsed, heapMax);
    }

    /** The process that was started: the worker's JVM, or a start script. */
    public WorkerProcess process() {
        return process;
    }

    /** When its process was started. */
    public Instant started() {
        return started;
    }

    /** When it was ready, or null. */
    @Nullable
    Instant ready() {
        return ready;
    }

    void isReady() {
        ready = Instant.now();
    }

    /** Where messages go, or null if this cluster's program takes none. */
    public @Nullable MessageChannel channel() {
        return channel;
    }

    /** What it listens on, by the number that it gave each. */
    Map<Long, Listening> grants() {
        return grants;
    }

    @Nullable
    WorkerLink link() {
        return link;
    }

    void link(@Nullable WorkerLink dialed) {
        link = dialed;
        lastPeer = dialed == null ? lastPeer : dialed.peer().pid();
    }

    /**
     * Whether a process that says hello is this worker: it has the token, is of its family, and is the first to use it; a
     * token serves twice only if its first user, a start script's {@code java -version} say, is dead.
     */
    boolean recognizes(Hello hello, long pid) {
        return link == null
                && (lastPeer == 0 || ProcessHandle.of(lastPeer).isEmpty())
                && hasToken(hello.token())
                && (java ? pid == process.pid() : isDescendant(pid));
    }

    /** What the next primary must know of it, if this one dies. */
    SavedWorker saved(ClusterStatus.Seat seat, boolean again, long until) {
        return new SavedWorker(
                id,
                slot,
                place,
                generation(),
                token,
                process.pid(),
                process.startTime(),
                java,
                seat.role(),
                seat.state(),
                again,
                until,
                started.toEpochMilli(),
                seat.restarts());
    }

    boolean hasToken(String said) {
        return MessageDigest.isEqual(bytes(token), bytes(said));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private boolean isDescendant(long pid) {
        return pid == process.pid() || process.descendants().anyMatch(child -> child.pid() == pid);
    }

    /** The process of the worker's JVM, as far as it is known. Any thread. */
    public long pid() {
        var dialed = link;
        return dialed == null ? process.pid() : dialed.peer().pid();
    }

    /** Whether its JVM has ever been heard of. */
    boolean hasDialed() {
        return lastPeer != 0;
    }

    /** Asks it to finish what it has accepted, within this time; what was sent to it before comes first. */
    void drain(Duration deadline) {
        if (link != null) {
            boolean awaited = channel != null && channel.isAwaited();
            if (channel != null) {
                channel.finish();
            }
            link.answer(new Drain(Math.max(0, deadline.toMillis()), awaited), Frames.NONE);
        }
    }

    /** Asks it to end: a start script ends when its JVM does. */
    void terminate() {
        if (link == null) {
            // a JVM that a script has started, and that has not dialled yet
            process.descendants().forEach(ProcessHandle::destroy);
        }
        signal(SIGTERM);
    }

    /** Asks for a sign of life, which is its next {@link #beat}; one that owes one, or has no link, is not asked. */
    void ping() {
        if (link != null && !owesBeat()) {
            asked = Instant.now();
            link.answer(new Ping(++lastPing), Frames.NONE);
        }
    }

    /** Whether it has been asked for a sign of life and has not given it. */
    boolean owesBeat() {
        return link != null && beat.when().isBefore(asked);
    }

    /**
     * Has it write its output to other files from now on, which it makes with mode 0600; one that has no link is not told.
     *
     * @throws IllegalArgumentException if the paths are too long, see {@link Reopen#MAX_BYTES}
     */
    void reopen(Path out, Path err) {
        var files =
                new Reopen(out.toAbsolutePath().toString(), err.toAbsolutePath().toString());
        if (link != null) {
            link.answer(files, Frames.NONE);
        }
    }

    void signal(int signal) {
        if (pid() == process.pid()) {
            process.signal(signal);
        } else {
            Processes.signal(pid(), signal);
        }
    }

    /** Ends it and what it has started. */
    void kill() {
        process.kill();
    }

    /** A JVM that has outlived its start script is nobody's any more, and is to end too. Any thread. */
    void terminateSurvivor() {
        if (pid() != process.pid()) {
            signal(SIGTERM);
        }
    }

    /** The process has ended, and so has its channel, unless a connection still brings what it sent last. */
    void ended() {
        if (channel != null && channel.begin()) {
            channel.end();
        }
    }

    /** It accepts no more, whatever it had. */
    void withdrawn() {
        for (var listening : grants.values()) {
            if (listening.listener() != null) {
                listening.listener().withdrawn(id);
            }
        }
    }

    @Override
    public String toString() {
        return "worker " + slot + " (pid " + pid() + ")";
    }
}
