package io.netcluster.primary;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Tells on the console what happens in a cluster that {@link Primary} runs. */
final class Narrator implements Observer {
    private static final int KILLED = 128 + 9;

    private final Console console;
    private boolean stopping;

    Narrator(Console console) {
        this.console = console;
    }

    @Override
    public void forked(Worker worker) {}

    @Override
    public void online(Worker worker) {}

    @Override
    public void listening(Worker worker, Worker.Listening listening) {}

    @Override
    public void listens(Worker worker, Worker.Listening listening) {
        console.say(worker + " listens on " + listening);
    }

    @Override
    public void closed(Worker worker, Worker.Listening listening) {}

    @Override
    public void ready(Worker worker) {}

    @Override
    public void disconnecting(Worker worker) {}

    @Override
    public void draining(Worker worker, int connections) {}

    @Override
    public void disconnected(Worker worker) {}

    @Override
    public void stopping() {
        stopping = true;
    }

    /** That a worker ends while the cluster stops is no news, but that it had to be killed is. */
    @Override
    public void exited(Worker worker, int status, @Nullable Instant next) {
        if (!stopping || status == KILLED) {
            console.say(worker + " " + ending(status) + " after " + seconds(worker.started(), Instant.now())
                    + (next == null ? "" : "; starts again" + delay(next)));
        }
    }

    @Override
    public void vacant(int slot) {}

    @Override
    public void changing(String what) {
        console.say(what + " begins");
    }

    @Override
    public void changed(String what, ChangeResult result) {
        switch (result) {
            case ChangeResult.Done _ -> console.say(what + " is complete");
            case ChangeResult.Failed failed -> {
                console.say(what + " has failed: " + failed.why() + "; workers that have not been replaced stay");
                failed.lastLines().forEach(line -> console.say("  " + line));
            }
            case ChangeResult.Refused refused -> console.say(what + " is refused: " + refused.why());
        }
    }

    @Override
    public void say(String line) {
        console.say(line);
    }

    /** How a worker ended, as the end of a sentence. */
    static String ending(int status) {
        return status > 128 && status <= 128 + 64 ? "was ended by signal " + (status - 128) : "exited with " + status;
    }

    private static String delay(Instant next) {
        var now = Instant.now();
        return next.isAfter(now) ? " in " + seconds(now, next) : "";
    }

    private static String seconds(Instant from, Instant to) {
        return String.format(Locale.ROOT, "%.1f s", Duration.between(from, to).toMillis() / 1000.0);
    }
}
