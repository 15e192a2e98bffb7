package io.netcluster.it.programs;

import io.netcluster.Cluster;
import io.netcluster.LeaseOptions;
import io.netcluster.Port0;
import io.netcluster.PortLease;
import io.netcluster.ThisWorker;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A worker of {@link PortTorture}: opens 2,000 listeners in all meanings of port 0 by several threads at once, while it
 * takes leases and connects to what it and the others have opened so far; each listener answers with its slot and whose
 * it is.
 */
public final class TorturedWorker {
    /** How many listeners a worker has. */
    static final int LISTENERS = 2_000;

    private static final int IN_A_ROW = 50;
    private static final int OPENERS = 4;
    private static final int LEASES_KEPT = 20;
    private static final int TOLD_AT_ONCE = 50;

    private final ThisWorker self = Cluster.thisWorker();
    private final String process = self.slot() + "/" + ProcessHandle.current().pid() + "/";
    private final PortJournal journal;
    private final PortClient client;
    private final Selector selector = Selector.open();
    private final AtomicInteger numbers = new AtomicInteger();
    private final Map<Integer, Open> open = new ConcurrentHashMap<>(); // by which of the 2,000 it is
    private final LinkedBlockingQueue<Open> closed = new LinkedBlockingQueue<>(); // channels
    private final List<Integer> targets = new ArrayList<>();
    private final List<Integer> untold = new ArrayList<>();
    private final Deque<Lease> leases = new ArrayDeque<>();
    private final ExecutorService connectors = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Future<?>> connections = new ArrayList<>();

    private record Open(int port, String whose, Closeable listener) {}

    private record Lease(PortLease lease, String whose) {}

    private TorturedWorker(Path directory) throws IOException {
        journal = new PortJournal(directory, self.slot());
        client = new PortClient(journal);
    }

    /** Argument: the directory for the journals. */
    public static void main(String[] arguments) throws Exception {
        var worker = new TorturedWorker(Path.of(arguments[0]));
        worker.self.onMessage(message -> worker.hear(message.text()));
        worker.self.onRequest(message -> worker.obey(message.text().split(" ")));
        worker.select();
    }

    private CompletableFuture<String> obey(String[] words) {
        var answer = new CompletableFuture<String>();
        Thread.ofPlatform().start(() -> {
            try {
                switch (words[0]) {
                    case "open" -> openAll();
                    case "serve" -> serveLeased(Integer.parseInt(words[1]), words[2]);
                    case "churn" -> churn();
                    case "settle" -> settle();
                    default -> throw new IllegalArgumentException(words[0]);
                }
                answer.complete("done");
            } catch (Exception | Error e) {
                e.printStackTrace();
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }

    private static void atOnce(List<Callable<Void>> tasks) throws Exception {
        try (var threads = Executors.newFixedThreadPool(tasks.size())) {
            for (var task : threads.invokeAll(tasks)) {
                task.get();
            }
        }
    }

    // ------------------------------------------------------------------ listeners

    private void openAll() throws Exception {
        var next = new AtomicInteger(IN_A_ROW);
        var tasks = new ArrayList<Callable<Void>>();
        for (int i = 0; i < OPENERS; i++) {
            tasks.add(() -> {
                for (int which = next.getAndIncrement(); which < LISTENERS; which = next.getAndIncrement()) {
                    open(which);
                }
                return null;
            });
        }
        tasks.add(
                () -> { // without names of their own these are told apart by their order, so one thread asks
                    for (int which = 0; which < IN_A_ROW; which++) {
                        open(which);
                    }
                    return null;
                });
        atOnce(tasks);
        tellTargets(1);
    }

    /** The same again in every incarnation, by its number. */
    private void open(int which) throws Exception {
        if (which < IN_A_ROW) {
            open(which, "sticky/" + self.slot() + "/" + which, Port0.sticky("row"), new InetSocketAddress(0));
        } else {
            var address = which / 20 % 2 == 0 ? new InetSocketAddress(0) : new InetSocketAddress("127.0.0.1", 0);
            switch (which % 10) {
                case 6, 7, 8 -> open(which, "sticky/" + self.slot() + "/" + which, Port0.sticky("n" + which), address);
                case 9 -> open(which, "shared/" + which, Port0.shared("n" + which), address);
                default -> open(which, "unique/" + process + numbers.incrementAndGet(), Port0.unique(), address);
            }
        }
        if (which % 2 == 0) {
            connect();
        }
        if (which % 5 == 0) {
            lease(which);
        }
    }

    private void open(int which, String whose, Port0 meaning, InetSocketAddress address) throws Exception {
        boolean plain = meaning.toString().equals("unique"); // which is what port 0 means anyway
        var opened =
                plain ? listen(which, whose, address) : self.withPort0(meaning, () -> listen(which, whose, address));
        open.put(which, opened);
        synchronized (untold) {
            untold.add(opened.port);
        }
        tellTargets(TOLD_AT_ONCE);
    }

    private static boolean isSocket(int which) {
        return which / 10 % 2 == 0;
    }

    private Open listen(int which, String whose, InetSocketAddress address) throws IOException {
        var answer = (self.slot() + " " + whose).getBytes(StandardCharsets.US_ASCII);
        if (isSocket(which)) {
            var server = new ServerSocket();
            server.bind(address);
            journal.opened(server.getLocalPort(), whose);
            int port = server.getLocalPort();
            Thread.ofVirtual().start(() -> {
                serve(server, answer);
                journal.closed(port, whose);
            });
            return new Open(server.getLocalPort(), whose, server);
        }
        var server = ServerSocketChannel.open().bind(address);
        int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
        journal.opened(port, whose);
        server.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT, answer);
        selector.wakeup();
        return new Open(port, whose, server);
    }

    private static void serve(ServerSocket server, byte[] answer) {
        try {
            while (true) {
                try (var socket = server.accept()) {
                    socket.getOutputStream().write(answer);
                } catch (SocketException e) {
                    if (server.isClosed()) {
                        return;
                    }
                    complain(server, answer, e);
                }
            }
        } catch (IOException e) {
            complain(server, answer, e);
        }
    }

    private static void complain(ServerSocket server, byte[] answer, IOException e) {
        System.err.println(
                new String(answer, StandardCharsets.US_ASCII) + ", " + server + ", at " + System.nanoTime() + ": " + e);
    }

    /** Serves all channels. One that is closed leaves the kernel when the selector looks next. */
    private void select() throws IOException {
        while (true) {
            var leaving = new ArrayList<Open>();
            closed.drainTo(leaving);
            selector.select(this::answer, leaving.isEmpty() ? 0 : 1);
            leaving.forEach(each -> journal.closed(each.port, each.whose));
        }
    }

    private void answer(SelectionKey key) {
        try (var socket = ((ServerSocketChannel) key.channel()).accept()) {
            if (socket != null) { // otherwise another worker was quicker
                socket.write(ByteBuffer.wrap((byte[]) key.attachment()));
            }
        } catch (ClosedChannelException e) {
            return; // by the churn
        } catch (IOException e) {
            e.printStackTrace();
        }
    }

    /** Binds a number that the primary has leased. */
    private void serveLeased(int port, String whose) throws IOException {
        var server = listen(0, whose, new InetSocketAddress(port));
        if (server.port != port) {
            throw new IllegalStateException(server + " instead of " + port);
        }
    }

    /** Closes and opens a third of all, again in several threads. */
    private void churn() throws Exception {
        var tasks = new ArrayList<Callable<Void>>();
        for (int i = 0; i < OPENERS; i++) {
            int first = i;
            tasks.add(() -> {
                for (int which = IN_A_ROW + first; which < LISTENERS; which += OPENERS) {
                    // a channel leaves the kernel when its selector looks next, so its name would still be taken
                    if (which % 3 == 0 && (isSocket(which) || which % 10 < 6)) {
                        close(which);
                        open(which);
                    }
                }
                return null;
            });
        }
        atOnce(tasks);
        tellTargets(1);
    }

    private void close(int which) throws IOException {
        var closing = open.remove(which);
        if (closing == null) {
            throw new IllegalStateException("there is no listener " + which);
        }
        journal.closing(closing.port, closing.whose);
        closing.listener.close();
        if (!isSocket(which)) {
            closed.add(closing);
            selector.wakeup();
        }
    }

    // ------------------------------------------------------------------ leases

    /** Takes one, and lets go of the oldest. */
    private void lease(int which) throws IOException {
        var options = LeaseOptions.defaults();
        var lease = switch (which / 5 % 10) {
            case 3 -> PortLease.take(options.count(3));
            case 7 -> PortLease.take(options.udp());
            default -> PortLease.take();
        };
        var whose = "lease/" + process + numbers.incrementAndGet();
        for (int i = 0; i < lease.ports().size(); i++) {
            journal.leased(lease.ports().get(i), whose + "/" + i);
        }
        synchronized (leases) {
            leases.add(new Lease(lease, whose));
            if (leases.size() > LEASES_KEPT) {
                end(leases.remove());
            }
        }
    }

    private void end(Lease ending) {
        for (int i = 0; i < ending.lease.ports().size(); i++) {
            journal.closing(ending.lease.ports().get(i), ending.whose + "/" + i);
        }
        ending.lease.close();
    }

    // ------------------------------------------------------------------ connections

    /** Connects to something, in a thread that may have to wait until a killed worker's successor is there. */
    private void connect() {
        synchronized (targets) {
            if (!targets.isEmpty()) {
                int target = targets.get(ThreadLocalRandom.current().nextInt(targets.size()));
                connections.add(connectors.submit(() -> client.connect(target)));
            }
        }
    }

    private void hear(String ports) {
        synchronized (targets) {
            for (var port : ports.split(" ")) {
                targets.add(Integer.valueOf(port));
            }
        }
    }

    /** Tells the others, and the primary, where it listens by now, if that is enough for a message. */
    private void tellTargets(int enough) throws IOException, InterruptedException {
        var text = new StringBuilder();
        synchronized (untold) {
            if (untold.size() < enough) {
                return;
            }
            for (int port : untold) {
                text.append(port).append(' ');
            }
            untold.clear();
        }
        hear(text.toString());
        self.broadcast(text.toString());
    }

    /** Waits until all connections have come to an end, and lets go of all leases. */
    private void settle() throws ExecutionException, InterruptedException {
        List<Future<?>> all;
        synchronized (targets) {
            all = List.copyOf(connections);
        }
        for (var each : all) {
            var _ = each.get();
        }
        synchronized (leases) {
            leases.forEach(this::end);
            leases.clear();
        }
    }
}
