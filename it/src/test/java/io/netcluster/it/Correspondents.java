package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.Cluster;
import io.netcluster.ClusterOptions;
import io.netcluster.Event;
import io.netcluster.Message;
import io.netcluster.Worker;
import io.netcluster.WorkerOptions;
import io.netcluster.it.programs.Correspondent;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A cluster whose primary is the test, and whose workers send and take messages as they are told. */
final class Correspondents implements AutoCloseable {
    private final Cluster cluster;
    private final List<Event> events = new CopyOnWriteArrayList<>();

    Correspondents() {
        this(ClusterOptions.defaults());
    }

    Correspondents(ClusterOptions options) {
        cluster = Cluster.open(options.command(
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-cp",
                Running.classPath(),
                Correspondent.class.getName()));
    }

    Cluster cluster() {
        return cluster;
    }

    /** All events from now on. */
    List<Event> events() {
        cluster.onEvent(events::add);
        return events;
    }

    /** A worker that has obeyed these commands in its main; an underscore stands for a space. */
    One fork(String... commands) throws IOException {
        return fork(WorkerOptions.defaults(), commands);
    }

    One fork(WorkerOptions options, String... commands) throws IOException {
        return new One(
                cluster.fork(options.arguments(commands).stdin(Redirect.PIPE).stdout(Redirect.PIPE)));
    }

    /** A worker, what it prints, and what it has sent. */
    static final class One {
        private final Worker worker;
        private final BufferedReader out;
        private final BlockingQueue<Message> came = new LinkedBlockingQueue<>();

        private One(Worker worker) {
            this.worker = worker;
            this.out = new BufferedReader(new InputStreamReader(worker.stdout(), StandardCharsets.UTF_8));
        }

        Worker worker() {
            return worker;
        }

        /** Keeps what it sends for {@link #next}. */
        One taking() {
            worker.onMessage(came::add);
            return this;
        }

        Message next() throws InterruptedException {
            var next = came.poll(Running.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(next).as("a message comes").isNotNull();
            return next;
        }

        /** Has it do something and returns the answer. */
        String tell(String command) throws IOException {
            order(command);
            return heard();
        }

        void order(String command) throws IOException {
            worker.stdin().write((command + "\n").getBytes(StandardCharsets.UTF_8));
            worker.stdin().flush();
        }

        String heard() throws IOException {
            var line = out.readLine();
            assertThat(line).as("an answer").isNotNull();
            return line;
        }

        /** As {@link #tell}, for what must succeed. */
        String done(String command) throws IOException {
            var answer = tell(command);
            assertThat(answer).as(command).doesNotStartWith("failed");
            return answer;
        }

        /** Waits until it has taken so many messages. */
        void awaitCount(int count) {
            Running.await(count + " messages", _ -> told("count").equals(String.valueOf(count)));
        }

        /** As {@link #tell}, where there is no way for an exception. */
        String told(String command) {
            try {
                return tell(command);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        void awaitExit() throws Exception {
            var _ = worker.exited().get(Running.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    /** What is still there is killed: what takes its time to end is a test of its own. */
    @Override
    public void close() {
        cluster.workers().values().forEach(worker -> worker.kill(9));
        cluster.close();
    }
}
