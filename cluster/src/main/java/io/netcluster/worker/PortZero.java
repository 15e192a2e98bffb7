package io.netcluster.worker;

import io.netcluster.wire.PortPolicy;
import io.netcluster.wire.PortRule;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * Decides what a bind to port 0 means: what the call says, or else the first rule that fits.
 *
 * <p>A general rule concerns TCP alone: a datagram socket on port 0 is more often a client, whose answers must find it.
 */
final class PortZero {
    private static final String JDK = "java.";

    private final List<PortRule> rules;
    private final boolean asksCallers;
    private volatile boolean called;

    PortZero(List<PortRule> rules) {
        this.rules = rules;
        boolean asks = false;
        for (var rule : rules) {
            asks |= rule.caller() != null;
        }
        this.asksCallers = asks;
    }

    /** Where a policy stands for the length of a call; a class apart, as most programs never use it. */
    private static final class Call {
        static final ScopedValue<PortPolicy> POLICY = ScopedValue.newInstance();
    }

    /** Calls something that binds, in this thread, with a policy of its own. */
    Object call(PortPolicy policy, Callable<Object> binding) throws Exception {
        called = true;
        return ScopedValue.where(Call.POLICY, policy).call(binding::call);
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
        for (var rule : rules) {
            if (rule.isFor(listening) || callers.stream().anyMatch(rule::isForCaller) || (tcp && rule.isGeneral())) {
                return rule.policy();
            }
        }
        return PortPolicy.UNIQUE;
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
