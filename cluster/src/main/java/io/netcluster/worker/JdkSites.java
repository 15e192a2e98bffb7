package io.netcluster.worker;

import static java.lang.constant.ConstantDescs.CD_boolean;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The calls in the JDK that are rewritten, class by class. */
final class JdkSites {
    static final ClassDesc HOOK = ClassDesc.ofInternalName("sun/nio/ch/ClusterSockets");

    private static final String CHANNEL = "Lsun/nio/ch/ServerSocketChannelImpl;";
    private static final String DATAGRAM = "Lsun/nio/ch/DatagramChannelImpl;";
    private static final String FD = "Ljava/io/FileDescriptor;";
    private static final String ADDRESS = "Ljava/net/InetAddress;";
    private static final String FAMILY = "Ljava/net/ProtocolFamily;";
    private static final String PATH = "Ljava/nio/file/Path;";
    private static final String DISPATCHER = "Lsun/nio/ch/NativeDispatcher;";

    private static final String BIND = "Net.bind(" + FD + ADDRESS + "I)V";
    private static final String BIND_FAMILY = "Net.bind(" + FAMILY + FD + ADDRESS + "I)V";
    private static final String LISTEN = "Net.listen(" + FD + "I)V";
    private static final String BLOCKING = "IOUtil.configureBlocking(" + FD + "Z)V";
    private static final String CLOSE = "NativeDispatcher.close(" + FD + ")V";

    private static final String PRE_CLOSE = "NativeDispatcher.preClose(" + FD + "JJ)V";
    private static final String HOOK_PRE_CLOSE = "(" + DISPATCHER + FD + "JJ)V";

    private JdkSites() {}

    /** What the replacement of a call is given beside the call's own arguments. */
    private enum Extra {
        NOTHING,
        THIS,
        SERVER
    }

    /**
     * A call to be replaced.
     *
     * @param method the name of the calling method, or its beginning followed by an asterisk
     * @param callee what it calls: class, name and descriptor
     * @param which the how manieth such call of the method, from 0
     * @param hook the method of ClusterSockets that takes its place
     */
    private record Site(String method, String callee, int which, String hook, String descriptor, Extra extra) {
        boolean isIn(String name) {
            return method.endsWith("*")
                    ? name.startsWith(method.substring(0, method.length() - 1))
                    : name.equals(method);
        }

        boolean calls(InvokeInstruction call) {
            var owner = call.owner().asInternalName();
            return callee.equals(owner.substring(owner.lastIndexOf('/') + 1) + "."
                    + call.name().stringValue() + call.type().stringValue());
        }
    }

    private static Site site(String method, String callee, String hook, String descriptor, Extra extra) {
        return new Site(method, callee, 0, hook, descriptor, extra);
    }

    private static final Map<String, List<Site>> SITES = Map.of(
            "sun/nio/ch/NioSocketImpl",
            List.of(
                    site("bind", BIND, "bind", "(" + FD + ADDRESS + "IZ)V", Extra.SERVER),
                    site("listen", LISTEN, "listen", "(" + FD + "I)V", Extra.NOTHING),
                    site(
                            "create",
                            "NioSocketImpl.closerFor(" + FD + ")Ljava/lang/Runnable;",
                            "closer",
                            "(Ljava/lang/Runnable;" + FD + "Z)Ljava/lang/Runnable;",
                            Extra.SERVER),
                    site("close", PRE_CLOSE, "preClose", "(" + DISPATCHER + FD + "JJZ)V", Extra.SERVER)),
            "sun/nio/ch/ServerSocketChannelImpl",
            List.of(
                    site(
                            "netBind",
                            BIND_FAMILY,
                            "bind",
                            "(" + FAMILY + FD + ADDRESS + "I" + CHANNEL + ")V",
                            Extra.THIS),
                    site("netBind", LISTEN, "listen", "(" + FD + "I)V", Extra.NOTHING),
                    // the first bind of unixBind tries names in the temporary directory, which are nobody else's
                    new Site(
                            "unixBind",
                            "UnixDomainSockets.bind(" + FD + PATH + ")V",
                            1,
                            "bind",
                            "(" + FD + PATH + CHANNEL + ")V",
                            Extra.THIS),
                    site("unixBind", LISTEN, "listenUnix", "(" + FD + "I)V", Extra.NOTHING),
                    site("lockedConfigureBlocking", BLOCKING, "configureBlocking", "(" + FD + "Z)V", Extra.NOTHING),
                    site("tryLockedConfigureBlocking", BLOCKING, "configureBlocking", "(" + FD + "Z)V", Extra.NOTHING),
                    site("tryClose", CLOSE, "close", "(" + DISPATCHER + FD + ")V", Extra.NOTHING),
                    site("implCloseBlockingMode", PRE_CLOSE, "preClose", HOOK_PRE_CLOSE, Extra.NOTHING)),
            "sun/nio/ch/AsynchronousServerSocketChannelImpl",
            List.of(
                    site("bind", BIND, "bind", "(" + FD + ADDRESS + "I)V", Extra.NOTHING),
                    site("bind", LISTEN, "listen", "(" + FD + "I)V", Extra.NOTHING)),
            "sun/nio/ch/UnixAsynchronousServerSocketChannelImpl",
            List.of(site("implClose", CLOSE, "closeAsynchronous", "(" + DISPATCHER + FD + ")V", Extra.NOTHING)),
            // not repairSocket, which binds a client's port again after a disconnect
            "sun/nio/ch/DatagramChannelImpl",
            List.of(
                    site(
                            "bindInternal",
                            BIND_FAMILY,
                            "bind",
                            "(" + FAMILY + FD + ADDRESS + "I" + DATAGRAM + ")V",
                            Extra.THIS),
                    site("lockedConfigureBlocking", BLOCKING, "configureBlocking", "(" + FD + "Z)V", Extra.NOTHING),
                    site("tryLockedConfigureBlocking", BLOCKING, "configureBlocking", "(" + FD + "Z)V", Extra.NOTHING),
                    site("implCloseBlockingMode", PRE_CLOSE, "preClose", HOOK_PRE_CLOSE, Extra.NOTHING),
                    site("lambda$releaserFor$*", CLOSE, "close", "(" + DISPATCHER + FD + ")V", Extra.NOTHING)));

    /** Starts on a class. */
    static Rewriting rewriting(String name) {
        return new Rewriting(ClassDesc.ofInternalName(name), Objects.requireNonNull(SITES.get(name)));
    }

    /** The rewriting of one class: counts what it finds, since a JDK of another shape must not be half rewritten. */
    static final class Rewriting implements CallRewriting {
        private final ClassDesc owner;
        private final List<Site> sites;
        private final int[] seen;
        private int replaced;

        private Rewriting(ClassDesc owner, List<Site> sites) {
            this.owner = owner;
            this.sites = sites;
            this.seen = new int[sites.size()];
        }

        @Override
        public boolean concerns(String method) {
            return sites.stream().anyMatch(site -> site.isIn(method));
        }

        @Override
        public boolean rewrite(CodeBuilder code, String method, InvokeInstruction call) {
            for (int i = 0; i < sites.size(); i++) {
                var site = sites.get(i);
                if (site.isIn(method) && site.calls(call) && seen[i]++ == site.which()) {
                    replaced++;
                    replace(code, site, call);
                    return true;
                }
            }
            return false;
        }

        private void replace(CodeBuilder code, Site site, InvokeInstruction call) {
            if (site.hook().equals("closer")) { // not in place of the call but around it
                code.dup().with(call).swap();
            }
            switch (site.extra()) {
                case NOTHING -> {}
                case THIS -> code.aload(0);
                case SERVER -> code.aload(0).getfield(owner, "server", CD_boolean);
            }
            code.invokestatic(HOOK, site.hook(), MethodTypeDesc.ofDescriptor(site.descriptor()));
        }

        @Override
        public boolean isComplete() {
            return replaced == sites.size();
        }
    }
}
