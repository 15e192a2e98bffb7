package io.netcluster;

/**
 * Turns a program's objects into bytes and back: JSON, say, or what else the program likes.
 *
 * <p>Both ends must have one, and agree. It is called by many threads at once.
 */
public interface MessageCodec {
    /**
     * The bytes of an object that is neither a String nor a byte[].
     *
     * @throws Exception if it cannot be written; the sender gets that as the cause of an IllegalArgumentException
     */
    byte[] encode(Object message) throws Exception;

    /**
     * The object of bytes that the other end's {@link #encode} has made.
     *
     * @throws Exception if they cannot be read; a request fails then, and a message is reported and dropped
     */
    Object decode(byte[] bytes) throws Exception;
}
