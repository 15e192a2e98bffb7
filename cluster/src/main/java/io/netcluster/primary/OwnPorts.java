package io.netcluster.primary;

import io.netcluster.sys.PortRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The ports that are each worker's own: a debugger's, JMX's, and those the user names.
 *
 * <p>Where such a port stands on the command line, slot n gets it n-1 higher; n higher if the primary has been given
 * it too, and so has taken it.
 */
final class OwnPorts {
    private static final Pattern DEBUGGER =
            Pattern.compile("^(-agentlib:jdwp=|-Xrunjdwp:)(.*,)?address=(?<host>[^,]*:)?(?<port>\\d+)");
    private static final Pattern MANAGEMENT =
            Pattern.compile("^-Dcom\\.sun\\.management\\.jmxremote\\.(rmi\\.)?port=(?<port>\\d+)");

    /** A port as command lines have it: a word of its own, or behind a colon, an equals sign or a comma. */
    private static final Pattern NUMBER = Pattern.compile("(?:^|(?<=[:=,]))\\d{1,5}(?=$|,|(?<!^\\d{1,5})[/?])");

    private static final Set<String> BEFORE_PATHS =
            Set.of("-cp", "-classpath", "--class-path", "--module-path", "-jar");

    private final List<PortRange> named;

    OwnPorts(List<PortRange> named) {
        this.named = named;
    }

    /** A worker's command line, and the ports that are its own. */
    record Assigned(List<String> command, List<PortRange> own) {}

    /**
     * Moves the ports of a command line.
     *
     * @param above by how much
     */
    Assigned assign(List<String> command, int above) {
        var own = new ArrayList<>(named);
        var assigned = new ArrayList<String>();
        for (var word : command) {
            boolean path = !assigned.isEmpty() && BEFORE_PATHS.contains(assigned.getLast());
            assigned.add(path ? word : shift(word, above, own));
        }
        return new Assigned(assigned, List.copyOf(own));
    }

    private String shift(String word, int above, List<PortRange> own) {
        for (var known : List.of(DEBUGGER, MANAGEMENT)) {
            var matcher = known.matcher(word);
            if (matcher.find()) {
                return shifted(word, matcher, above, own);
            }
        }
        var matcher = NUMBER.matcher(word);
        var result = word;
        // from the end, so that what is before keeps its place
        var places = matcher.results().toList();
        for (int i = places.size() - 1; i >= 0; i--) {
            int port = Integer.parseInt(places.get(i).group());
            if (isNamed(port)) {
                result = result.substring(0, places.get(i).start())
                        + moved(port, above, own)
                        + result.substring(places.get(i).end());
            }
        }
        return result;
    }

    private boolean isNamed(int port) {
        return named.stream().anyMatch(range -> range.first() <= port && port <= range.last());
    }

    private static String shifted(String word, Matcher matcher, int above, List<PortRange> own) {
        int port = Integer.parseInt(matcher.group("port"));
        return port == 0
                ? word
                : word.substring(0, matcher.start("port"))
                        + moved(port, above, own)
                        + word.substring(matcher.end("port"));
    }

    private static int moved(int port, int above, List<PortRange> own) {
        int moved = port + above;
        if (moved <= 0xffff) {
            own.add(new PortRange(moved, moved));
        }
        return moved;
    }
}
