import io.netcluster.*;

// The primary accepts, and passes each connection to a worker, one after the other; a connection whose worker ends
// before it takes it comes back, and goes to another. Arguments: [PORT [WORKERS]]
void main(String... arguments) throws Exception {
    int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 8000;
    int workers = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 2;
    if (Cluster.isPrimary()) {
        accept(port, workers);
    } else {
        Cluster.thisWorker().onMessage(message -> {
            var connection = (SocketChannel) message.socket();
            Thread.startVirtualThread(() -> serve(connection, message.text()));
        });
        new CountDownLatch(1).await(); // a JVM whose main has returned ends: messages do not keep it alive
    }
}

void accept(int port, int workers) throws Exception {
    try (var cluster = Cluster.open();
            var server = ServerSocketChannel.open().bind(new InetSocketAddress(port))) {
        IO.println("accepting on " + server.getLocalAddress());
        for (long number = 1; ; number++) {
            pass(cluster, workers, number, server.accept());
        }
    }
}

void pass(Cluster cluster, int workers, long number, NetworkChannel connection) {
    try {
        var worker = next(cluster, workers);
        worker.send("connection " + number, connection).whenComplete((_, failure) -> {
            if (failure instanceof SocketReturnedException returned) {
                IO.println("connection " + number + " came back from " + worker);
                Thread.startVirtualThread(() -> pass(cluster, workers, number, returned.socket()));
            }
        });
    } catch (IOException e) {
        IO.println("connection " + number + " is lost: " + e);
    }
}

int turn;

/** The worker whose turn it is; whoever has ended is replaced first. */
synchronized Worker next(Cluster cluster, int workers) throws IOException {
    while (cluster.workers().size() < workers) {
        IO.println("forked " + cluster.fork());
    }
    var all = List.copyOf(cluster.workers().values());
    return all.get(turn++ % all.size());
}

void serve(SocketChannel connection, String greeting) {
    try (connection;
            var in = new BufferedReader(Channels.newReader(connection, StandardCharsets.UTF_8));
            var out = new PrintStream(Channels.newOutputStream(connection), true)) {
        out.println(greeting + ", served by worker " + Cluster.thisWorker().slot());
        for (var line = in.readLine(); line != null; line = in.readLine()) {
            out.println(line.toUpperCase(Locale.ROOT));
        }
    } catch (IOException e) {
        IO.println(greeting + ": " + e);
    }
}
