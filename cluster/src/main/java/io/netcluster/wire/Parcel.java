package io.netcluster.wire;

/**
 * The content of a program's message; what it means is the program's business.
 *
 * @param type how the bytes are to be read: a number that the two ends agree on
 * @param bytes the content; not copied, not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares parcels
public record Parcel(byte type, byte[] bytes) {
    /** The most bytes that a message may have: 16 MiB. */
    public static final int MAX_BYTES = 16 << 20;
}
