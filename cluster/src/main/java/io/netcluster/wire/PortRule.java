package io.netcluster.wire;

import io.netcluster.wire.PortPolicy.Kind;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Says what port 0 means to some who listen on it: {@code shared}, {@code sticky:127.0.0.1}, {@code shared:com.acme.*},
 * {@code sticky=admin:com.acme.Admin}.
 *
 * @param policy what they get; without a name it has that of whom the rule is for
 * @param address whoever listens at this address, or null
 * @param caller whoever is called by this class, or this package and those below it if it ends with {@code .*}; or null
 */
public record PortRule(
        PortPolicy policy,
        @Nullable InetAddress address,
        @Nullable String caller) {
    /** A class of its own, as most workers need no regular expression on the way to their main. */
    private static final class Callers {
        static final Pattern CALLER =
                Pattern.compile("[\\p{javaJavaIdentifierStart}][\\p{javaJavaIdentifierPart}.]*(\\.\\*)?");
    }

    /**
     * Reads a rule.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static PortRule parse(String text) {
        int colon = text.indexOf(':');
        var policy = PortPolicy.parse(colon < 0 ? text : text.substring(0, colon));
        if (colon < 0) {
            return new PortRule(policy, null, null);
        }
        var whom = text.substring(colon + 1);
        var address = literal(whom);
        if (address == null && !Callers.CALLER.matcher(whom).matches()) {
            throw new IllegalArgumentException(
                    "'" + whom + "' is no IP address, and no class or package such as com.acme.Server or com.acme.*");
        }
        var named = policy.name().isEmpty() && (policy.kind() == Kind.STICKY || policy.kind() == Kind.SHARED)
                ? new PortPolicy(policy.kind(), whom.replace(':', '_'))
                : policy;
        return new PortRule(named, address, address == null ? whom : null);
    }

    /** Reads rules with commas between them; the first that fits is to hold. */
    public static List<PortRule> parseAll(String text) {
        var rules = new ArrayList<PortRule>();
        for (var rule : text.split(",")) {
            if (!rule.isEmpty()) {
                rules.add(parse(rule));
            }
        }
        return List.copyOf(rules);
    }

    /** What {@link #parseAll} reads. */
    public static String format(List<PortRule> rules) {
        return rules.stream().map(PortRule::toString).collect(Collectors.joining(","));
    }

    private static @Nullable InetAddress literal(String text) {
        try {
            return InetAddress.ofLiteral(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Whether it is for everybody. */
    public boolean isGeneral() {
        return address == null && caller == null;
    }

    /** Whether it is for those who listen at this address; one wildcard is as good as the other. */
    public boolean isFor(InetAddress listening) {
        return address != null
                && (address.equals(listening) || (address.isAnyLocalAddress() && listening.isAnyLocalAddress()));
    }

    /** Whether it is for what a class, by its name, does or has done. */
    public boolean isForCaller(String name) {
        if (caller == null) {
            return false;
        }
        return caller.endsWith(".*")
                ? name.startsWith(caller.substring(0, caller.length() - 1))
                : name.equals(caller) || name.startsWith(caller + "$");
    }

    @Override
    public String toString() {
        var whom = address != null ? address.getHostAddress() : caller;
        return policy + (whom == null ? "" : ":" + whom);
    }
}
