package io.netcluster.it.programs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who had which port when, by all {@link PortJournal}s, and what ought not to have been.
 *
 * <p>A port is somebody's: {@code unique/SLOT/PID/N} and {@code lease/SLOT/PID/N} end with their process. {@code sticky/SLOT/NAME}, {@code shared/NAME} and {@code fixed/N} outlive it, since the primary has them
 * too. Two on one port is a fault, and so is a name that comes back with another port while it is held.
 */
public final class PortBook {
    private static final long STILL = Long.MAX_VALUE;

    private final Map<Integer, List<Holding>> byPort = new HashMap<>();
    private final Map<String, Holding> held = new HashMap<>();
    private final Map<String, Long> ends = new HashMap<>(); // of the killed: by SLOT/PID, when the signal was sent
    private final Map<Integer, Integer> sources = new HashMap<>(); // of connections that are open: how many have it
    private final List<Kill> kills = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();
    private int opened;
    private int returned;
    private int leased;
    private int connections;
    private int excused;

    /** A line of a journal. */
    private record Line(String writer, String what, long at, int number, String more) {
        static Line of(String writer, String text) {
            var words = text.split(" ", 4);
            return new Line(writer, words[0], Long.parseLong(words[1]), Integer.parseInt(words[2]), words[3]);
        }

        int slot() {
            return Integer.parseInt(writer.substring(0, writer.indexOf('-')));
        }
    }

    private record Kill(int slot, long sent, long over) {}

    /** One port's time with one owner. */
    static final class Holding {
        private final int port;
        private final String whose;
        private final Set<Integer> slots = new HashSet<>(); // who has it now
        private final Set<Integer> all = new HashSet<>(); // who ever had it
        private final long from;
        private long listensFrom = STILL;
        private long until = STILL;
        private long gone = STILL;

        private Holding(int port, String whose, long from) {
            this.port = port;
            this.whose = whose;
            this.from = from;
        }

        int port() {
            return port;
        }

        String whose() {
            return whose;
        }

        boolean isAnsweredBy(String answer) {
            var words = answer.split(" ", 2);
            return words.length == 2 && words[1].equals(whose) && all.contains(Integer.valueOf(words[0]));
        }
    }

    /** Reads all journals of a directory. */
    public static PortBook read(Path directory) throws IOException {
        var lines = new ArrayList<Line>();
        try (var files = Files.list(directory)) {
            for (var file : files.toList()) {
                for (var text : Files.readAllLines(file)) {
                    lines.add(Line.of(file.getFileName().toString(), text));
                }
            }
        }
        var book = new PortBook();
        book.enter(lines);
        return book;
    }

    private void enter(List<Line> lines) {
        for (var line : lines) {
            if (line.what.equals("killing")) {
                ends.put(line.number + "-" + line.more, line.at);
            }
        }
        var connections = new ArrayList<Line>();
        var events = new ArrayList<Line>();
        for (var line : lines) {
            if (line.what.equals("connection")) {
                connections.add(line);
                var words = line.more.split(" ", 4);
                if (!words[2].equals("0")) {
                    int own = Integer.parseInt(words[2]);
                    events.add(new Line(line.writer, "from", Long.parseLong(words[1]), own, words[0]));
                    events.add(new Line(line.writer, "over", line.at, own, words[0]));
                }
            } else {
                events.add(line);
            }
        }
        events.sort(Comparator.comparingLong(Line::at));
        events.forEach(this::enter);
        connections.forEach(this::judge);
    }

    private boolean isDead(Line line) {
        return ends.getOrDefault(line.writer, STILL) <= line.at;
    }

    private void enter(Line line) {
        switch (line.what) {
            case "open", "leased" -> hold(line);
            case "closing" -> letGo(line.more, line.slot(), line.at);
            case "closed" -> {
                for (var holding : byPort.getOrDefault(line.number, List.of())) {
                    if (holding.whose.equals(line.more) && holding.until <= line.at && holding.gone == STILL) {
                        holding.gone = line.at;
                    }
                }
            }
            case "killing" -> {
                var end = "/" + line.number + "/" + line.more + "/";
                held.values().stream()
                        .filter(holding -> holding.whose.contains(end))
                        .toList()
                        .forEach(holding -> letGo(holding.whose, line.number, line.at));
            }
            case "killed" ->
                kills.add(new Kill(line.number, ends.getOrDefault(line.number + "-" + line.more, 0L), line.at));
            case "from" -> {
                sources.merge(line.number, 1, Integer::sum);
                for (var holding : byPort.getOrDefault(line.number, List.of())) {
                    if (holding.until == STILL) {
                        faults.add("a connection of " + line.writer + " from port " + line.number + ", which is "
                                + holding.whose + "'s");
                    }
                }
            }
            case "over" -> sources.merge(line.number, -1, Integer::sum);
            default -> throw new IllegalArgumentException(line.toString());
        }
    }

    private void hold(Line line) {
        var whose = line.more;
        boolean endsWithProcess = whose.startsWith("unique/") || whose.startsWith("lease/");
        if (endsWithProcess && isDead(line)) {
            return;
        }
        for (var other : byPort.computeIfAbsent(line.number, _ -> new ArrayList<>())) {
            if (other.until == STILL && !other.whose.equals(whose)) {
                faults.add("port " + line.number + " is " + other.whose + "'s, and then " + whose + "'s");
            }
        }
        if (sources.getOrDefault(line.number, 0) > 0) {
            faults.add("port " + line.number + ", which a connection has, is given to " + whose);
        }
        var holding = held.get(whose);
        if (holding != null && holding.port != line.number) {
            faults.add(whose + " has port " + holding.port + ", and is given " + line.number);
            letGo(whose, line.slot(), line.at);
            holding = null;
        }
        if (holding == null) {
            holding = new Holding(line.number, whose, line.at);
            held.put(whose, holding);
            byPort.getOrDefault(line.number, List.of()).add(holding);
        } else if (whose.startsWith("sticky/")) {
            returned++;
        }
        holding.slots.add(line.slot());
        holding.all.add(line.slot());
        if (line.what.equals("open")) {
            opened++;
            holding.listensFrom = Math.min(holding.listensFrom, line.at);
        } else {
            leased++;
        }
    }

    private void letGo(String whose, int slot, long at) {
        var holding = held.get(whose);
        if (holding != null) {
            holding.slots.remove(slot);
            if (holding.slots.isEmpty()) {
                held.remove(whose);
                holding.until = at;
            }
        }
    }

    /** Whoever answered had the port at that time; and somebody did, unless the port or its owner was going. */
    private void judge(Line line) {
        connections++;
        var words = line.more.split(" ", 4);
        long began = Long.parseLong(words[0]);
        var answer = words[3];
        var holdings = byPort.getOrDefault(line.number, List.of());
        boolean right = holdings.stream()
                .anyMatch(holding ->
                        holding.isAnsweredBy(answer) && holding.listensFrom <= line.at && holding.gone >= began);
        if (right) {
            return;
        }
        boolean answered = answer.matches("\\d+ [a-z]+/.*");
        var owner = ownerThroughout(holdings, began, line.at);
        if (!answered && (owner == null || isKilled(owner, began, line.at) || isDead(line))) {
            excused++;
        } else {
            faults.add("port " + line.number + ", which is " + (owner == null ? "nobody" : owner.whose)
                    + "'s, answered " + line.writer + ": " + answer);
        }
    }

    private static @Nullable Holding ownerThroughout(List<Holding> holdings, long began, long ended) {
        return holdings.stream()
                .filter(holding -> holding.listensFrom <= began && holding.until >= ended)
                .findAny()
                .orElse(null);
    }

    private boolean isKilled(Holding owner, long began, long ended) {
        return kills.stream()
                .anyMatch(kill -> owner.all.contains(kill.slot) && kill.sent <= ended && kill.over >= began);
    }

    /** What ought not to have been. */
    public List<String> faults() {
        return List.copyOf(faults);
    }

    /** What is listened on at the end. */
    List<Holding> listening() {
        return held.values().stream()
                .filter(holding -> holding.listensFrom != STILL)
                .toList();
    }

    /** How many listeners there are at the end, a shared one as often as there are workers that have it. */
    int listeners() {
        return listening().stream()
                .mapToInt(holding ->
                        (int) holding.slots.stream().filter(slot -> slot > 0).count()) // 0 only leases
                .sum();
    }

    /** What has been entered. */
    @Override
    public String toString() {
        return opened + " opened, of which " + returned + " sticky ones came back; " + leased + " ports leased; "
                + connections + " connections, of which " + excused + " met a port or an owner on its way out";
    }
}
