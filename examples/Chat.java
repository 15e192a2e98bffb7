import io.netcluster.*;

// A chat room on one port, in several processes: whoever connects says a name, then talks to everybody, whichever
// worker has them; /who asks who is there. Try it with: nc localhost 8000. Arguments: [PORT [WORKERS]]
void main(String... arguments) throws Exception {
    int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 8000;
    int workers = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 2;
    if (Cluster.isPrimary()) {
        keepBook(workers);
    } else {
        serve(port);
    }
}

/** The primary knows who is there, by the worker that has them. */
void keepBook(int workers) throws Exception {
    var names = new ConcurrentHashMap<String, Worker>();
    try (var cluster = Cluster.open()) {
        cluster.onEvent(event -> {
            switch (event) {
                case Event.Listening(var worker, var listener) ->
                    IO.println(worker + " listens on " + listener.address());
                case Event.Exited(var worker, _) -> names.values().removeIf(worker::equals);
                default -> {}
            }
        });
        for (int i = 0; i < workers; i++) {
            var worker = cluster.fork();
            worker.onMessage(message -> {
                switch (message.text().split(" ", 2)) {
                    case String[] words when words[0].equals("join") -> names.put(words[1], worker);
                    case String[] words when words[0].equals("leave") -> names.remove(words[1], worker);
                    default -> {} // what is said in the room: the primary gets a worker's broadcasts too
                }
            });
            worker.onRequest(_ -> String.join(" ", new TreeSet<>(names.keySet())));
        }
        cluster.awaitExit();
    }
}

final Set<PrintStream> room = ConcurrentHashMap.newKeySet();

void serve(int port) throws IOException {
    Cluster.thisWorker().onMessage(message -> tellRoom(message.text().substring("say ".length())));
    var server = new ServerSocket(port);
    while (true) {
        var socket = server.accept();
        Thread.startVirtualThread(() -> talk(socket));
    }
}

void talk(Socket socket) {
    var primary = Cluster.thisWorker();
    try (socket;
            var in = new BufferedReader(new InputStreamReader(socket.getInputStream()));
            var out = new PrintStream(socket.getOutputStream(), true)) {
        var name = in.readLine();
        primary.send("join " + name);
        room.add(out);
        out.println("welcome to worker " + primary.slot());
        for (var line = in.readLine(); line != null; line = in.readLine()) {
            if (line.equals("/who")) {
                out.println(primary.request("who", Duration.ofSeconds(5)).get());
            } else {
                primary.broadcast("say " + name + ": " + line); // to the others
                tellRoom(name + ": " + line);
            }
        }
        room.remove(out);
        primary.send("leave " + name);
    } catch (IOException | InterruptedException | ExecutionException e) {
        IO.println("a guest has gone: " + e);
    }
}

void tellRoom(String line) {
    room.forEach(guest -> guest.println(line));
}
