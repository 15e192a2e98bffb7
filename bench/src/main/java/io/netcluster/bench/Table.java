package io.netcluster.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoublePredicate;
import org.jspecify.annotations.Nullable;

/** The figures of one run, as a Markdown table. */
final class Table {
    private final List<String> lines = new ArrayList<>();

    Table() {
        lines.add("| what | without a cluster | worker | ratio | goal | |");
        lines.add("|---|---|---|---|---|---|");
    }

    /** Two peers: each round's ratio counts, and the goal is about it. */
    void compare(String what, String format, Samples plain, Samples worker, @Nullable Goal goal) {
        var ratio = worker.by(plain);
        add(what, plain.text(format), worker.text(format), ratio.text("%.2f"), goal, ratio.median());
    }

    /** The goal is about the worker's own figure. */
    void absolute(String what, String format, Samples plain, Samples worker, Goal goal) {
        var ratio = worker.by(plain);
        add(what, plain.text(format), worker.text(format), ratio.text("%.2f"), goal, worker.median());
    }

    private void add(String what, String plain, String worker, String ratio, @Nullable Goal goal, double figure) {
        var verdict = goal == null ? "|" : goal.text() + " | " + (goal.holds().test(figure) ? "met" : "MISSED");
        var line = "| " + what + " | " + plain + " | " + worker + " | " + ratio + " | " + verdict + " |";
        lines.add(goal == null ? "| " + what + " | " + plain + " | " + worker + " | " + ratio + " | | |" : line);
        System.err.println(line);
    }

    @Override
    public String toString() {
        return String.join("\n", lines);
    }

    /** What a figure should be. */
    record Goal(String text, DoublePredicate holds) {
        static Goal atLeast(double bound) {
            return new Goal(String.format(Locale.ROOT, "≥ %.2f", bound), figure -> figure >= bound);
        }

        static Goal atMost(double bound, String unit) {
            return new Goal(
                    "≤ " + (bound % 1 == 0 ? String.valueOf((long) bound) : String.valueOf(bound)) + unit,
                    figure -> figure <= bound);
        }
    }
}
