package io.netcluster.sys;

/** The processors whose system call numbers are known. */
enum Architecture {
    X86_64,
    AARCH64,
    OTHER
}
