package io.netcluster.worker;

import static java.lang.classfile.TypeKind.INT;
import static java.lang.classfile.TypeKind.REFERENCE;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import sun.nio.ch.ClusterSockets;

/**
 * The native calls of Netty's epoll and io_uring transports that are rewritten, wherever Netty was relocated to.
 *
 * <p>They return minus the errno and leave the exception to Netty, so the program sees Netty's own.
 */
final class NettySites implements CallRewriting {
    private static final String SOCKET = "io/netty/channel/unix/Socket";
    private static final String DESCRIPTOR = "io/netty/channel/unix/FileDescriptor";
    private static final String RING = "io/netty/channel/uring/IoUring";
    private static final String RING_CHANNEL = "io/netty/channel/uring/AbstractIoUringChannel";
    private static final Set<String> METHODS = Set.of("bind", "listen", "close", "doClose", "<clinit>");

    private final int expected;
    private int replaced;

    private NettySites(int expected) {
        this.expected = expected;
    }

    static boolean isWoven(String name) {
        return name.endsWith(SOCKET) || name.endsWith(DESCRIPTOR) || name.endsWith(RING) || name.endsWith(RING_CHANNEL);
    }

    static NettySites rewriting(String name) {
        return new NettySites(name.endsWith(SOCKET) ? 3 : 1);
    }

    @Override
    public boolean concerns(String method) {
        return METHODS.contains(method);
    }

    @Override
    public boolean rewrite(CodeBuilder code, String method, InvokeInstruction call) {
        var parameters = call.type().stringValue().replaceFirst("\\).*", ")");
        switch (method + ">" + call.name().stringValue() + parameters) {
            case "bind>bind(IZ[BII)" -> bind(code, call, "nettyBind", List.of(INT, INT, REFERENCE, INT, INT));
            case "bind>bindDomainSocket(I[B)" -> bind(code, call, "nettyBindDomain", List.of(INT, REFERENCE));
            case "listen>listen(II)" -> listen(code, call);
            case "close>close(I)" -> close(code, call);
            case "doClose>newClose(IBS)" -> closeByRing(code, call);
            default -> {
                if (!call.name().equalsString("isAcceptMultishotSupported")) {
                    return false;
                }
                acceptOneByOne(code, call);
            }
        }
        replaced++;
        return true;
    }

    @Override
    public boolean isComplete() {
        return replaced == expected;
    }

    /** int result = hook(arguments); if (result == PASS) result = call(arguments); */
    private static void bind(CodeBuilder code, InvokeInstruction call, String hook, List<TypeKind> kinds) {
        var locals = new ArrayList<Integer>();
        for (int i = kinds.size() - 1; i >= 0; i--) {
            int local = code.allocateLocal(kinds.get(i));
            code.storeLocal(kinds.get(i), local);
            locals.addFirst(local);
        }
        load(code, kinds, locals);
        invoke(code, hook, call.type().stringValue());
        var done = code.newLabel();
        code.dup().loadConstant(ClusterSockets.PASS).if_icmpne(done).pop();
        load(code, kinds, locals);
        code.with(call).labelBinding(done);
    }

    private static void load(CodeBuilder code, List<TypeKind> kinds, List<Integer> locals) {
        for (int i = 0; i < kinds.size(); i++) {
            code.loadLocal(kinds.get(i), locals.get(i));
        }
    }

    /** result = call(fd, hook(fd, backlog)); hook(fd, result); */
    private static void listen(CodeBuilder code, InvokeInstruction call) {
        int backlog = code.allocateLocal(INT);
        int fd = code.allocateLocal(INT);
        int result = code.allocateLocal(INT);
        code.istore(backlog).istore(fd);
        code.iload(fd).iload(fd).iload(backlog);
        invoke(code, "nettyBacklog", "(II)I");
        code.with(call).istore(result);
        code.iload(fd).iload(result);
        invoke(code, "nettyListening", "(II)V");
        code.iload(result);
    }

    /** Object listener = hook(fd); result = call(fd); hook(listener); */
    private static void close(CodeBuilder code, InvokeInstruction call) {
        int listener = code.allocateLocal(REFERENCE);
        code.dup();
        invoke(code, "nettyClosing", "(I)Ljava/lang/Object;");
        code.astore(listener).with(call).aload(listener);
        invoke(code, "nettyClosed", "(Ljava/lang/Object;)V");
    }

    /**
     * Before newClose(fd, flags, id): hook(hook(fd)).
     *
     * <p>io_uring closes later, by an operation of the ring; its accept has been cancelled by now, and the channel's
     * close is complete when the operation is.
     */
    private static void closeByRing(CodeBuilder code, InvokeInstruction call) {
        int id = code.allocateLocal(INT);
        int flags = code.allocateLocal(INT);
        code.istore(id).istore(flags).dup();
        invoke(code, "nettyClosing", "(I)Ljava/lang/Object;");
        invoke(code, "nettyClosed", "(Ljava/lang/Object;)V");
        code.iload(flags).iload(id).with(call);
    }

    /**
     * call(); result = false.
     *
     * <p>An io_uring's accept waits exclusively. One that stays armed for many connections stays the first in the
     * kernel's row of those who wait, and gets all of them, even while its process is stopped; one that is armed anew
     * for each goes to the end of the row.
     */
    private static void acceptOneByOne(CodeBuilder code, InvokeInstruction call) {
        code.with(call).pop().iconst_0();
    }

    private static void invoke(CodeBuilder code, String hook, String descriptor) {
        code.invokestatic(JdkSites.HOOK, hook, MethodTypeDesc.ofDescriptor(descriptor));
    }
}
