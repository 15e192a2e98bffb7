package io.netcluster.sys;

/**
 * The system calls in use and their numbers, per architecture: Linux's arch/x86/entry/syscalls/syscall_64.tbl and
 * include/uapi/asm-generic/unistd.h.
 */
enum SystemCall {
    CLOSE(3, 57),
    SOCKET(41, 198),
    CONNECT(42, 203),
    SENDMSG(46, 211),
    RECVMSG(47, 212),
    SHUTDOWN(48, 210),
    BIND(49, 200),
    LISTEN(50, 201),
    GETSOCKNAME(51, 204),
    GETPEERNAME(52, 205),
    SOCKETPAIR(53, 199),
    SETSOCKOPT(54, 208),
    GETSOCKOPT(55, 209),
    WAIT4(61, 260),
    KILL(62, 129),
    FCNTL(72, 25),
    SETSID(112, 157),
    EPOLL_CTL(233, 21),
    OPENAT(257, 56),
    PPOLL(271, 73),
    IOCTL(16, 29),
    ACCEPT4(288, 242),
    DUP3(292, 24),
    PIDFD_SEND_SIGNAL(424, 424),
    PIDFD_OPEN(434, 434);

    static final Architecture ARCHITECTURE = switch (System.getProperty("os.arch")) {
        case "amd64", "x86_64" -> Architecture.X86_64;
        case "aarch64" -> Architecture.AARCH64;
        default -> Architecture.OTHER;
    };

    private final int x86;
    private final int generic;

    SystemCall(int x86, int generic) {
        this.x86 = x86;
        this.generic = generic;
    }

    int number() {
        return ARCHITECTURE == Architecture.X86_64 ? x86 : generic;
    }
}
