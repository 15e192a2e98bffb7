package io.netcluster.worker;

import io.netcluster.wire.PortPolicy;
import io.netcluster.wire.PortRule;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/**
 * Decides what a bind to port 0 means: what the call says, or else the first rule that fits it,
 * or else the general one.
 *
 * <p>A general rule concerns TCP alone: a datagram socket on port 0 is more often a client, whose answers must find it.
 */
final class PortZero {
    private static final String JDK = "java.";

    private final List<PortRule> rules;
    private final boolean asksCallers;
    private final PortPolicy general;
    private volatile boolean called;

    PortZero(List<PortRule> rules) {
        this.rules = rules;
        boolean asks = false;
        var everybodys = PortPolicy.UNIQUE;
        for (var rule : rules) {
            asks |= rule.caller() != null;
            everybodys = rule.isGeneral() ? rule.policy() : everybodys;
        }
        this.asksCallers = asks;
        this.general = everybodys;
    }

    /** Where a policy stands for the length of a call; a class apart, as most programs never use it. */
    private static final class Call {
        static final ScopedValue<PortPolicy> POLICY = ScopedValue.newInstance();
    }

    /** Runs something that binds, in this thread, with a policy of its own. */
    void run(PortPolicy policy, Runnable binding) {
        called = true;
        ScopedValue.where(Call.POLICY, policy).run(binding);
    }

    /** Whether nothing is known that would make port 0 another than the kernel's. */
    boolean isKernels() {
        return rules.isEmpty() && !called;
    }

    /** What the caller is to get. */
    PortPolicy policy(boolean tcp, byte[] address) {
        if (called && Call.POLICY.isBound()) {
            return Call.POLICY.get();
        }
        if (rules.isEmpty()) {
            return PortPolicy.UNIQUE;
        }
        var listening = inetAddress(address);
        var callers = asksCallers ? callers() : List.<String>of();
        var policy = tcp ? general : PortPolicy.UNIQUE;
        for (int i = rules.size() - 1; i >= 0; i--) { // so that the first that fits has the last word
            var rule = rules.get(i);
            if (rule.isFor(listening) || callers.stream().anyMatch(rule::isForCaller)) {
                policy = rule.policy();
            }
        }
        return policy;
    }

    private static InetAddress inetAddress(byte[] address) {
        try {
            return InetAddress.getByAddress(address); // an Inet4Address for one that is mapped into IPv6
        } catch (UnknownHostException e) {
            throw new AssertionError(e); // it has 4 or 16 bytes
        }
    }

    private static List<String> callers() {
        return StackWalker.getInstance()
                .walk(frames -> frames.map(StackWalker.StackFrame::getClassName)
                        .filter(name -> !name.startsWith(JDK))
                        .distinct()
                        .toList());
    }
}
