package io.netcluster.bench;

import java.util.Arrays;
import java.util.Locale;

/** What the rounds gave, in their order. */
final class Samples {
    private final double[] values;

    Samples(double... values) {
        this.values = values.clone();
    }

    double median() {
        return quantile(0.5);
    }

    private double quantile(double q) {
        var sorted = values.clone();
        Arrays.sort(sorted);
        double at = q * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }

    /** Each round's value by the same round's value of a peer. */
    Samples by(Samples peer) {
        var ratios = new double[values.length];
        Arrays.setAll(ratios, i -> values[i] / peer.values[i]);
        return new Samples(ratios);
    }

    /** The median, and the quartiles around it. */
    String text(String format) {
        return String.format(
                Locale.ROOT, format + " (" + format + "-" + format + ")", median(), quantile(0.25), quantile(0.75));
    }
}
