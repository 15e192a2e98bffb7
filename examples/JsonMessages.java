import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.netcluster.*;
import tools.jackson.databind.json.JsonMapper;

// Objects as messages, by a codec that makes JSON of them: the primary asks each worker for a part of the primes below
// a limit. Jackson 3 (tools.jackson.core:jackson-databind) must be on the class path too. Arguments: [LIMIT [WORKERS]]
void main(String... arguments) throws Exception {
    int limit = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000_000;
    int workers = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 2;
    if (Cluster.isPrimary()) {
        divide(limit, workers);
    } else {
        Cluster.thisWorker().codec(new Json());
        Cluster.thisWorker().onRequest(message -> count((Task) message.content()));
        new CountDownLatch(1).await(); // a JVM whose main has returned ends: messages do not keep it alive
    }
}

@JsonTypeInfo(use = JsonTypeInfo.Id.SIMPLE_NAME)
sealed interface Said {}

record Task(int from, int to) implements Said {}

record Result(int slot, Task task, long primes) implements Said {}

static final class Json implements MessageCodec {
    private final JsonMapper mapper = new JsonMapper();

    @Override
    public byte[] encode(Object message) {
        return mapper.writerFor(Said.class).writeValueAsBytes(message);
    }

    @Override
    public Object decode(byte[] bytes) {
        return mapper.readValue(bytes, Said.class);
    }
}

void divide(int limit, int workers) throws Exception {
    try (var cluster = Cluster.open(ClusterOptions.defaults().codec(new Json()))) {
        var replies = new ArrayList<CompletableFuture<Object>>();
        for (int i = 0; i < workers; i++) {
            var task = new Task((int) ((long) limit * i / workers), (int) ((long) limit * (i + 1) / workers));
            replies.add(cluster.fork().request(task, Duration.ofMinutes(1)));
        }
        long primes = 0;
        for (var reply : replies) {
            var result = (Result) reply.get();
            IO.println(result);
            primes += result.primes();
        }
        IO.println(primes + " primes below " + limit);
    } // disconnects the workers, which end
}

Result count(Task task) {
    var primes = IntStream.range(Math.max(2, task.from()), task.to())
            .filter(n -> IntStream.rangeClosed(2, (int) Math.sqrt(n)).noneMatch(d -> n % d == 0));
    return new Result(Cluster.thisWorker().slot(), task, primes.count());
}
