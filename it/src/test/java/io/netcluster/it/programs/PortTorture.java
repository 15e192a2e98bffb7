package io.netcluster.it.programs;

import io.netcluster.Cluster;
import io.netcluster.ClusterOptions;
import io.netcluster.Event;
import io.netcluster.PortLease;
import io.netcluster.Restart;
import io.netcluster.Worker;
import io.netcluster.WorkerOptions;
import io.netcluster.it.KernelSockets;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;

/**
 * Eight {@linkplain TorturedWorker workers} open 2,000 listeners each, close and open a third of them, and four are killed
 * meanwhile; prints what went wrong, by the {@link PortBook}, by connecting to every single one in the end, and by the
 * kernel's list.
 *
 * <p>Arguments: an empty directory; the workers' command. To be run in a network namespace of its own whose
 * ip_local_port_range has room for all.
 */
public final class PortTorture {
    private static final int WORKERS = 8;
    private static final Duration PATIENCE = Duration.ofSeconds(100);
    private static final int LEASES = 40;

    private final Cluster cluster;
    private final Path directory;
    private final PortJournal journal;
    private final Map<Integer, LinkedBlockingQueue<Worker>> online = new ConcurrentHashMap<>(); // by slot
    private final Map<Long, Semaphore> told = new ConcurrentHashMap<>(); // by worker: how many listeners
    private final CyclicBarrier everybody = new CyclicBarrier(WORKERS);
    private final ConcurrentLinkedQueue<PortLease> leases = new ConcurrentLinkedQueue<>();

    private PortTorture(Cluster cluster, Path directory) throws IOException {
        this.cluster = cluster;
        this.directory = directory;
        this.journal = new PortJournal(directory, 0);
    }

    public static void main(String[] arguments) throws Exception {
        var command = List.of(arguments).subList(1, arguments.length).toArray(String[]::new);
        var options = ClusterOptions.defaults()
                .command(command)
                .drainTimeout(Duration.ofMillis(100)) // there is nobody to be served any more
                .workers(WorkerOptions.defaults()
                        .restart(Restart.ALWAYS)
                        .explicitReadiness()
                        .stdout(ProcessBuilder.Redirect.INHERIT)
                        .stderr(ProcessBuilder.Redirect.INHERIT));
        long start = System.nanoTime();
        try (var cluster = Cluster.open(options)) {
            var torture = new PortTorture(cluster, Path.of(arguments[0]));
            torture.run();
            torture.report();
        }
        System.out.println(strangers(List.of()) + " ports on which somebody listens afterwards");
        System.out.printf("%d s%n", TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start));
    }

    private void run() throws Exception {
        cluster.onEvent(event -> {
            switch (event) {
                case Event.Online(Worker worker) -> onlineAt(worker.slot()).add(worker);
                case Event.Received(Worker worker, var message) ->
                    toldBy(worker).release(message.text().split(" ").length);
                default -> {}
            }
        });
        var stories = new ArrayList<Callable<Void>>();
        for (int i = 0; i < WORKERS; i++) {
            int slot = cluster.fork().slot();
            stories.add(() -> {
                tell(slot);
                return null;
            });
        }
        try (var threads = Executors.newFixedThreadPool(WORKERS)) {
            for (var story : threads.invokeAll(stories)) {
                story.get();
            }
        }
    }

    private LinkedBlockingQueue<Worker> onlineAt(int slot) {
        return online.computeIfAbsent(slot, _ -> new LinkedBlockingQueue<>());
    }

    private Semaphore toldBy(Worker worker) {
        return told.computeIfAbsent(worker.id(), _ -> new Semaphore(0));
    }

    /** What becomes of a slot. Those of 4, 6 and 8 are left alone. */
    private void tell(int slot) throws Exception {
        try {
            var worker = next(slot);
            if (slot == 4 || slot == 6) {
                serveLeased(worker);
            }
            if (slot == 2 || slot == 5) {
                var _ = worker.request("open", PATIENCE);
                worker = killWhenTold(worker, 1_000);
            }
            ask(worker, "open");
            if (slot == 7) {
                worker = killWhenTold(worker, TorturedWorker.LISTENERS);
                ask(worker, "open");
            }
            everybody.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            if (slot == 3) {
                var _ = worker.request("churn", PATIENCE);
                worker = killWhenTold(worker, TorturedWorker.LISTENERS + 200);
                ask(worker, "open");
            } else {
                ask(worker, "churn");
            }
            everybody.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            ask(worker, "settle");
        } catch (Exception | Error e) {
            everybody.reset(); // the others need not wait
            throw new IllegalStateException("slot " + slot, e);
        }
    }

    private static void ask(Worker worker, String order) throws IOException, InterruptedException, ExecutionException {
        var _ = worker.request(order, PATIENCE).get();
    }

    /** Leases, of which every second is served by a worker, and lets go of half of each sort. */
    private void serveLeased(Worker worker) throws Exception {
        for (int i = 0; i < LEASES; i++) {
            var lease = PortLease.take();
            var whose = "fixed/" + worker.slot() + "." + i;
            journal.leased(lease.port(), whose);
            if (i % 2 == 0) {
                ask(worker, "serve " + lease.port() + " " + whose);
            }
            if (i % 4 < 2) {
                journal.closing(lease.port(), whose);
                lease.close();
            } else {
                leases.add(lease);
            }
        }
    }

    private Worker next(int slot) throws InterruptedException, TimeoutException {
        var worker = onlineAt(slot).poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (worker == null) {
            throw new TimeoutException("nobody came to slot " + slot);
        }
        return worker;
    }

    /** Kills it without warning when it has told of so many listeners, and returns its successor. */
    private Worker killWhenTold(Worker worker, int listeners) throws Exception {
        if (!toldBy(worker).tryAcquire(listeners, PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new TimeoutException(worker + " has told of " + toldBy(worker) + ", not of " + listeners);
        }
        journal.killing(worker.slot(), worker.pid());
        worker.kill(9);
        var _ = worker.exited().get();
        journal.killed(worker.slot(), worker.pid());
        return next(worker.slot());
    }

    // ------------------------------------------------------------------ the end

    private void report() throws Exception {
        var book = PortBook.read(directory);
        System.out.println(book);
        book.faults().stream().limit(50).forEach(fault -> System.out.println("fault: " + fault));
        System.out.println(book.faults().size() + " faults");

        var all = book.listening();
        System.out.println(book.listeners() + " listeners on " + all.size() + " ports");
        System.out.println(strangers(all) + " ports on which the kernel knows more listeners, or fewer");
        System.out.println(wrong(all) + " wrong or no answers of " + all.size());
        leases.forEach(PortLease::close);
    }

    /** Ports that are not listened on as often as the book has it, which is once. */
    private static List<Integer> strangers(List<PortBook.Holding> all) {
        var counts = KernelSockets.listeners();
        all.forEach(holding -> counts[holding.port()]--);
        return IntStream.range(0, counts.length)
                .filter(port -> counts[port] != 0)
                .boxed()
                .toList();
    }

    /** Connects to every single one. */
    private List<String> wrong(List<PortBook.Holding> all) throws Exception {
        var client = new PortClient(journal);
        var tasks = new ArrayList<Callable<String>>();
        for (var holding : all) {
            tasks.add(() -> {
                var answer = client.connect(holding.port());
                return holding.isAnsweredBy(answer) ? "" : holding.port() + " of " + holding.whose() + ": " + answer;
            });
        }
        var wrong = new ArrayList<String>();
        try (var threads = Executors.newFixedThreadPool(16)) {
            for (var answer : threads.invokeAll(tasks)) {
                if (!answer.get().isEmpty()) {
                    wrong.add(answer.get());
                }
            }
        }
        return wrong;
    }
}
