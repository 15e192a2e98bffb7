package io.netcluster.it;

import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Has the workers of a cluster do something step by step, and names the sockets that they get.
 *
 * <p>Steps are {@code WORKER open NAME [HOST]}, likewise {@code own} and {@code udp}, {@code WORKER close NAME},
 * {@code WORKER kill}, and {@code WORKER take NAME OTHER}, which asks for the number that OTHER, such as {@code 1a}, has
 * got. The names of sockets are letters, A for the first; who gets a socket that was there before gets its letter. When
 * the last worker has closed one, connecting to it is refused, so the same number is another socket then.
 */
final class PortZeroSteps {
    private final PortZeroCluster cluster;
    private final boolean forgets;
    private final Map<String, Open> open = new LinkedHashMap<>(); // by worker and name, such as 1a
    private final Map<Place, Shared> sockets = new HashMap<>();
    private int letters;

    /** What a worker has open. */
    private record Open(int worker, String name, Place place) {}

    private record Place(boolean udp, String host, int port) {}

    /** A socket, and who has it. */
    private static final class Shared {
        private String letter = "";
        private final Set<Open> holders = new HashSet<>();
        private final Set<Integer> heirs = new HashSet<>(); // whose predecessors had it when they were killed
    }

    /**
     * For one cluster.
     *
     * @param forgets whether a socket that is there only for the successors of workers that were killed counts as new
     */
    PortZeroSteps(PortZeroCluster cluster, boolean forgets) {
        this.cluster = cluster;
        this.forgets = forgets;
    }

    /** Runs these, and returns for each that opens something its letter, or the error. */
    List<String> run(List<String> steps) throws Exception {
        var results = new ArrayList<String>();
        for (var step : steps) {
            var words = List.of(step.split(" "));
            int worker = Integer.parseInt(words.getFirst());
            switch (words.get(1)) {
                case "kill" -> kill(worker);
                case "close" -> close(opened(worker + words.get(2)));
                case "take" -> {
                    var other = opened(words.get(3)).place;
                    results.add(open(worker, "open", words.get(2), other.host, other.port));
                }
                default -> {
                    var host = words.size() > 3 ? words.get(3) : "127.0.0.1";
                    results.add(open(worker, words.get(1), words.get(2), host, 0));
                }
            }
        }
        return results;
    }

    /** Closes all that is open, and begins with A again. */
    void end() throws Exception {
        for (var each : List.copyOf(open.values())) {
            close(each);
        }
        letters = 0;
    }

    private Open opened(String name) {
        return Objects.requireNonNull(open.get(name), name);
    }

    private String open(int worker, String verb, String name, String host, int port) throws Exception {
        var answer = cluster.open(worker, verb, name, host, port);
        if (answer.startsWith("failed ")) {
            return answer.substring("failed ".length());
        }
        var opened = new Open(worker, name, new Place(verb.equals("udp"), host, Integer.parseInt(answer)));
        open.put(worker + name, opened);
        var socket = sockets.computeIfAbsent(opened.place, _ -> new Shared());
        if (socket.letter.isEmpty() || (forgets && socket.holders.isEmpty())) {
            socket.letter = Character.toString('A' + letters++);
        }
        socket.holders.add(opened);
        socket.heirs.remove(worker);
        return socket.letter;
    }

    private void close(Open closing) throws Exception {
        cluster.close(closing.worker, closing.name);
        open.remove(closing.worker + closing.name);
        var socket = socket(closing);
        socket.holders.remove(closing);
        if (socket.holders.isEmpty() && socket.heirs.isEmpty()) {
            sockets.remove(closing.place);
            if (!closing.place.udp && !isFree(closing.place)) {
                // the thread that waits in the JDK's accept has it a moment longer
                Running.await(closing.place + " is free", _ -> isFree(closing.place));
            }
        }
    }

    private Shared socket(Open opened) {
        return Objects.requireNonNull(sockets.get(opened.place));
    }

    private static boolean isFree(Place place) {
        boolean any = place.host.equals("*") || place.host.equals("0.0.0.0");
        try (var _ = new Socket(any ? "127.0.0.1" : place.host, place.port)) {
            return false;
        } catch (ConnectException e) {
            return true;
        } catch (IOException e) {
            return false; // reset, since it is being closed
        }
    }

    private void kill(int worker) throws Exception {
        cluster.kill(worker);
        for (var each : List.copyOf(open.values())) {
            if (each.worker == worker) {
                open.remove(worker + each.name);
                socket(each).holders.remove(each);
                socket(each).heirs.add(worker);
            }
        }
    }
}
