package io.netcluster.sys;

/**
 * Programs in the kernel's classic BPF that choose which segments reach a TCP socket (socket(7), SO_ATTACH_FILTER).
 *
 * <p>A segment begins with its TCP header (RFC 9293, 3.1), and one that is dropped is not answered. Connections inherit
 * the filter of their listener.
 */
public final class PacketFilter {
    /** No new handshake begins, and all that have begun are completed: drops segments with SYN and without ACK. */
    public static final PacketFilter NO_SYN = new PacketFilter(
            instruction(0x30, 0, 0, 13), // BPF_LD | BPF_B | BPF_ABS: the flags
            instruction(0x54, 0, 0, 0x12), // BPF_ALU | BPF_AND | BPF_K: SYN, ACK
            instruction(0x15, 0, 1, 0x02), // BPF_JMP | BPF_JEQ | BPF_K: SYN alone
            instruction(0x06, 0, 0, 0), // BPF_RET | BPF_K: dropped
            instruction(0x06, 0, 0, -1)); // kept whole

    /** Nobody ever reaches the socket. */
    public static final PacketFilter NOTHING = new PacketFilter(instruction(0x06, 0, 0, 0));

    /** As without a filter. */
    public static final PacketFilter EVERYTHING = new PacketFilter(instruction(0x06, 0, 0, -1));

    private static final int SOL_SOCKET = 1; // asm-generic/socket.h
    private static final int SO_ATTACH_FILTER = 26;
    private static final int FPROG = 16; // struct sock_fprog of a 64-bit machine: how many, where

    private final long[] program;

    private PacketFilter(long... program) {
        this.program = program;
    }

    /** struct sock_filter of linux/filter.h: code, jump if true, jump if false, operand; both architectures are little-endian. */
    private static long instruction(int code, int jumpTrue, int jumpFalse, int operand) {
        return code | (long) jumpTrue << 16 | (long) jumpFalse << 24 | (long) operand << 32;
    }

    /** Puts the filter in place of the one that the socket has, if any; it holds for all who share the socket. */
    public void attach(int fd) throws ErrnoException {
        try (var fprog = Memory.of(FPROG + 8 * program.length)) {
            var buffer = fprog.buffer().putLong(program.length).putLong(fprog.address() + FPROG);
            for (long instruction : program) {
                buffer.putLong(instruction);
            }
            long result = Linux.call(SystemCall.SETSOCKOPT, fd, SOL_SOCKET, SO_ATTACH_FILTER, fprog.address(), FPROG);
            if (result < 0) {
                throw new ErrnoException("setsockopt(" + fd + ", SO_ATTACH_FILTER)", (int) -result);
            }
        }
    }
}
