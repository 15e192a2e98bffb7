package io.netcluster;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;

/**
 * The worker that this process is, as its own program sees it; its peer is the primary.
 *
 * <p>All methods may be called by any thread, and none blocks unless it says so.
 */
public final class ThisWorker implements Peer {
    private static final ThisWorker INSTANCE = new ThisWorker();

    private final Map<String, String> identity;
    private final Contents contents = new Contents(null);
    private final Messaging messaging;

    @SuppressWarnings("unchecked") // what the agent's operation returns
    private ThisWorker() {
        identity = (Map<String, String>) AgentLink.ask("identity");
        var transport = new AgentTransport();
        messaging = new Messaging(transport, contents, null);
        transport.receiveInto(messaging);
    }

    static ThisWorker instance() {
        return INSTANCE;
    }

    /** One incarnation; never used twice in a cluster. */
    public long id() {
        return Long.parseLong(get("id"));
    }

    /** Its stable place, from 1 on, which its replacement will have. */
    public int slot() {
        return Integer.parseInt(get("slot"));
    }

    /** What a reload would increment. */
    public int generation() {
        return Integer.parseInt(get("generation"));
    }

    /** The cluster's name. */
    public String clusterName() {
        return get("name");
    }

    Messaging messaging() {
        return messaging;
    }

    private String get(String name) {
        return identity.getOrDefault(name, "");
    }

    // ------------------------------------------------------------------ its life

    /**
     * Says that this worker is ready. Needed only with {@link WorkerOptions#explicitReadiness}; otherwise its first
     * listener says so.
     *
     * @throws java.io.UncheckedIOException if the primary is gone
     */
    public void ready() {
        AgentLink.ask("ready");
    }

    /**
     * Has something run when this worker begins to drain, in a thread of its own; at once, if it has begun. The worker
     * does not end before it has returned, or time is up.
     */
    public void onDrain(Runnable hook) {
        AgentLink.ask("onDrain", hook);
    }

    /** Whether it drains: it will get no new connection, and end. */
    public boolean isDraining() {
        return (Boolean) AgentLink.ask("isDraining");
    }

    /**
     * Ends this worker when it has finished what it has accepted, as {@link Worker#disconnect(Duration)} does. Returns at
     * once.
     *
     * @param within how long that may take
     */
    public void disconnect(Duration within) {
        AgentLink.ask("disconnect", within);
    }

    /**
     * Makes a port this worker's own: what binds it from now on binds it for this process alone, and gets a {@link
     * java.net.BindException} if another has it.
     */
    public void exclusive(int port) {
        if (port < 1 || port > 0xffff) {
            throw new IllegalArgumentException("there is no port " + port + " to be had; they go from 1 to 65535");
        }
        AgentLink.ask("exclusive", port);
    }

    /**
     * Calls something that listens on port 0, with a meaning of port 0 of its own: it holds for what this thread binds
     * meanwhile, TCP and UDP, whatever the cluster's options say. Blocks as long as that does.
     *
     * @return what it returns
     * @throws X what it throws
     */
    @SuppressWarnings("unchecked") // what comes out is what the operation returned or threw
    public <T, X extends Throwable> T withPort0(Port0 meaning, ScopedValue.CallableOp<? extends T, X> binding)
            throws X {
        var outcome = new Object[2];
        Runnable task = () -> {
            try {
                outcome[0] = binding.call();
            } catch (Throwable e) {
                outcome[1] = e;
            }
        };
        AgentLink.ask("port0", new Object[] {meaning.toString(), task});
        if (outcome[1] != null) {
            throw (X) outcome[1];
        }
        return (T) outcome[0];
    }

    // ------------------------------------------------------------------ messages

    /** Sets the codec for objects that are sent to the primary, and come from it. */
    public void codec(MessageCodec codec) {
        contents.codec(codec);
    }

    /**
     * Sends a message to every other worker, and to the primary, which passes it on. Blocks as {@link #send(Object)} does.
     * A worker that does not read holds up no other worker's copy, until 16 MiB wait for it in the primary; then that reads
     * nothing more of this worker's, until there is room.
     *
     * @throws IOException as in {@link #send(Object)}
     * @throws InterruptedException as in {@link #send(Object)}
     */
    public void broadcast(Object message) throws IOException, InterruptedException {
        messaging.broadcast(message);
    }
}
