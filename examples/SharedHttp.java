import com.sun.net.httpserver.*;
import io.netcluster.*;

// Several processes serve HTTP on one port, and one that crashes is started again. Arguments: [PORT [WORKERS]]
void main(String... arguments) throws Exception {
    int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 8000;
    int workers = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 2;
    if (Cluster.isPrimary()) {
        supervise(workers);
    } else {
        serve(port);
    }
}

void supervise(int workers) throws Exception {
    var restarted = WorkerOptions.defaults().restart(Restart.ON_FAILURE);
    try (var cluster = Cluster.open(ClusterOptions.defaults().workers(restarted))) {
        cluster.onEvent(event -> {
            switch (event) {
                case Event.Listening(var worker, var listener) ->
                    IO.println(worker + " listens on " + listener.address());
                case Event.Exited(var worker, var exit) -> IO.println(worker + " ended: " + exit);
                default -> {}
            }
        });
        for (int i = 0; i < workers; i++) {
            cluster.fork();
        }
        cluster.awaitExit();
    }
}

void serve(int port) throws IOException {
    var me = "worker " + Cluster.thisWorker().slot() + ", process " + ProcessHandle.current().pid();
    var server = HttpServer.create(new InetSocketAddress(port), 0);
    server.createContext("/", HttpHandlers.of(200, Headers.of(), "Hello from " + me + "\n"));
    server.createContext("/crash", _ -> Runtime.getRuntime().halt(1));
    server.start();
}
