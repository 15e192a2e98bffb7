package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.Cluster;
import io.netcluster.ClusterOptions;
import io.netcluster.Event;
import io.netcluster.Worker;
import io.netcluster.WorkerOptions;
import io.netcluster.it.programs.Attendant;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A cluster whose primary is this very JVM, whose workers do what they are asked for; and every event of it. */
final class Attended implements AutoCloseable {
    private final Cluster cluster;
    private final List<Event> events = new CopyOnWriteArrayList<>();

    Attended() {
        this(options());
    }

    Attended(ClusterOptions options) {
        cluster = Cluster.open(options);
        cluster.onEvent(events::add);
    }

    /** A test runner's own command line would run tests, so there is another. */
    static ClusterOptions options() {
        return options(Attendant.class);
    }

    static ClusterOptions options(Class<?> main, String... arguments) {
        var command = new ArrayList<>(List.of(
                Running.JAVA,
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                Running.classPath(),
                main.getName()));
        command.addAll(List.of(arguments));
        return ClusterOptions.defaults().command(command.toArray(String[]::new));
    }

    Cluster cluster() {
        return cluster;
    }

    Worker fork() throws IOException {
        return cluster.fork();
    }

    Worker fork(WorkerOptions how) throws IOException {
        return cluster.fork(how);
    }

    /** Has a worker do something that must succeed, and returns what came of it. */
    static String ask(Worker worker, String command) throws Exception {
        var answer = answer(worker, command);
        assertThat(answer).as(command).doesNotStartWith("failed");
        return answer;
    }

    /** Has a worker do something, and returns what came of it. */
    static String answer(Worker worker, String command) throws Exception {
        return (String) worker.request(command, Running.PATIENCE).get(Running.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /** Has a worker do something that ends it before it can answer. */
    static void tell(Worker worker, String command) throws Exception {
        var _ = worker.request(command, Running.PATIENCE);
    }

    /** What has happened so far to a worker. */
    List<Event> events(Worker worker) {
        return events.stream().filter(event -> event.worker() == worker).toList();
    }

    /** Waits until something has happened to a worker. */
    <E extends Event> E await(Worker worker, Class<E> kind) {
        return await(worker, kind, _ -> true);
    }

    <E extends Event> E await(Worker worker, Class<E> kind, Predicate<E> which) {
        Running.await(
                kind.getSimpleName() + " of " + worker,
                _ -> find(worker, kind, which).findFirst().isPresent());
        return find(worker, kind, which).findFirst().orElseThrow();
    }

    private <E extends Event> Stream<E> find(Worker worker, Class<E> kind, Predicate<E> which) {
        return events(worker).stream().filter(kind::isInstance).map(kind::cast).filter(which);
    }

    @Override
    public void close() {
        cluster.close();
    }
}
