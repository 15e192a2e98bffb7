package io.netcluster.primary;

import java.util.ArrayList;
import java.util.List;

/**
 * What a primary leaves to its successor, of all that no worker can tell.
 *
 * @param generation which reload was the last
 * @param slots how many slots there are to be
 * @param lastId the highest id that a worker has had
 * @param workers those that run, or are about to be started
 */
record SavedState(int generation, int slots, long lastId, List<SavedWorker> workers) {
    static final SavedState NOTHING = new SavedState(1, 0, 0, List.of());

    private static final String FIRST = "netcluster state 1";

    /** The same, and a worker that is about to be started. */
    SavedState with(SavedWorker starting) {
        var all = new ArrayList<>(workers);
        all.add(starting);
        return new SavedState(generation, slots, Math.max(lastId, starting.id()), all);
    }

    /** As text: a first line that names the format, one for the whole, one for each worker, and a last one. */
    String format() {
        var text = new StringBuilder(FIRST + "\n");
        text.append("cluster ")
                .append(generation)
                .append(' ')
                .append(slots)
                .append(' ')
                .append(lastId)
                .append('\n');
        for (var worker : workers) {
            text.append("worker ").append(worker.format()).append('\n');
        }
        return text.append("end ").append(workers.size()).append('\n').toString();
    }

    /**
     * Reads {@link #format}.
     *
     * @throws IllegalArgumentException if it is something else, or not complete
     */
    static SavedState parse(String text) {
        var lines = text.lines().toList();
        if (lines.size() < 3 || !lines.getFirst().equals(FIRST)) {
            throw new IllegalArgumentException("it does not begin with '" + FIRST + "'");
        }
        var workers = new ArrayList<SavedWorker>();
        for (var line : lines.subList(2, lines.size() - 1)) {
            if (!line.startsWith("worker ")) {
                throw new IllegalArgumentException("it has a line that is no worker's: " + line);
            }
            workers.add(SavedWorker.parse(line.substring(7)));
        }
        if (!lines.getLast().equals("end " + workers.size())) {
            throw new IllegalArgumentException("it is not complete");
        }
        var words = lines.get(1).split(" ");
        if (words.length != 4 || !words[0].equals("cluster")) {
            throw new IllegalArgumentException("its second line is not the cluster's: " + lines.get(1));
        }
        return new SavedState(
                Integer.parseInt(words[1]), Integer.parseInt(words[2]), Long.parseLong(words[3]), List.copyOf(workers));
    }
}
