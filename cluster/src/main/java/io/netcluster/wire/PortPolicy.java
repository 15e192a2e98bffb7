package io.netcluster.wire;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What a worker that listens on port 0 wants.
 *
 * @param kind which port it is to get
 * @param name which of several, for {@link Kind#STICKY} and {@link Kind#SHARED}; otherwise empty
 */
public record PortPolicy(Kind kind, String name) {
    /** Which port port 0 stands for. */
    public enum Kind {
        /** One of the caller's own, chosen by the kernel. */
        UNIQUE(0),
        /** Likewise, and the slot's next worker gets it again. */
        STICKY(1),
        /** One for all that use the name. */
        SHARED(2),
        /** One for the n-th call of every worker. */
        NODE(3);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        /** What stands for it on the wire. */
        int code() {
            return code;
        }

        /**
         * The kind of a code.
         *
         * @throws IllegalArgumentException if there is none
         */
        static Kind of(int code) {
            for (var kind : values()) {
                if (kind.code == code) {
                    return kind;
                }
            }
            throw new IllegalArgumentException("unknown port policy " + code);
        }
    }

    static final int MAX_NAME = 255;

    /** A class of its own, as most workers need no regular expression on the way to their main, and one takes 10 ms. */
    private static final class Names {
        static final Pattern NAME = Pattern.compile("[^\\s,:=\\p{Cntrl}]{1," + MAX_NAME + "}");
    }

    /** A port of the caller's own, which the kernel chooses, or that the caller names itself. */
    public static final PortPolicy UNIQUE = new PortPolicy(Kind.UNIQUE, "");

    /** Checks the name. */
    public PortPolicy {
        if (!name.isEmpty() && !Names.NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("'" + name + "' names no port: a name has at most " + MAX_NAME
                    + " characters, and neither spaces nor any of , : =");
        }
        if (!name.isEmpty() && (kind == Kind.UNIQUE || kind == Kind.NODE)) {
            throw new IllegalArgumentException("the policy " + kind.name().toLowerCase(Locale.ROOT) + " takes no name");
        }
    }

    /**
     * Reads {@code unique}, {@code sticky}, {@code shared}, {@code node}, {@code sticky=NAME} or {@code shared=NAME}.
     *
     * @throws IllegalArgumentException if it is none of these
     */
    public static PortPolicy parse(String text) {
        int equals = text.indexOf('=');
        var word = equals < 0 ? text : text.substring(0, equals);
        for (var kind : Kind.values()) {
            if (kind.name().toLowerCase(Locale.ROOT).equals(word)) {
                return new PortPolicy(kind, equals < 0 ? "" : text.substring(equals + 1));
            }
        }
        throw new IllegalArgumentException("'" + word + "' is none of unique, sticky, shared, node");
    }

    @Override
    public String toString() {
        return kind.name().toLowerCase(Locale.ROOT) + (name.isEmpty() ? "" : "=" + name);
    }
}
