package io.netcluster.cli;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** A command line with places for ports: {1} is the first, {2} the second, {} the first too. */
record PortPlaces(List<String> words) {
    private static final Pattern PLACE = Pattern.compile("\\{(\\d*)}");

    /** Whether there is any. */
    boolean exist() {
        return words.stream().anyMatch(word -> PLACE.matcher(word).find());
    }

    /**
     * Refuses places that so many ports do not fill.
     *
     * @throws IllegalArgumentException if there are such
     */
    void check(int ports) {
        for (var word : words) {
            PLACE.matcher(word).results().forEach(place -> {
                if (place.group(1).length() > 5 || index(place) < 0 || index(place) >= ports) {
                    throw new IllegalArgumentException(place.group() + " in '" + word + "' is no port: there "
                            + (ports == 1 ? "is 1, which is {1}" : "are " + ports + ", {1} to {" + ports + "}"));
                }
            });
        }
    }

    /** The command with these ports in the places. */
    List<String> filledWith(List<Integer> ports) {
        return words.stream()
                .map(word -> PLACE.matcher(word).replaceAll(place -> String.valueOf(ports.get(index(place)))))
                .toList();
    }

    private static int index(MatchResult place) {
        return place.group(1).isEmpty() ? 0 : Integer.parseInt(place.group(1)) - 1;
    }
}
