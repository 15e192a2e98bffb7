/**
 * The link's protocol: what primary and worker say to each other, and how it travels.
 *
 * <p>A link is a Unix-domain stream connection that the worker dials. Either side sends frames: a header of 8 bytes (the
 * body's length as an int, the kind of message as a byte, the number of descriptors, 0 or 1, as a byte, and two bytes
 * of 0), then the body. If there is a descriptor, one byte of 0 follows, and the descriptor travels with that byte as
 * SCM_RIGHTS; so whoever reads exactly what is announced never loses a descriptor to a plain read. Numbers are big-endian. The first frame is the worker's {@link
 * io.netcluster.wire.Message.Hello}, which begins with the protocol's magic number and version.
 *
 * <p>A frame that is too long, of an unknown kind or malformed is a {@link io.netcluster.wire.ProtocolException}; the
 * side that sees it closes the link and nothing else. docs/protocol.md is the same for people who write a peer.
 */
@NullMarked
package io.netcluster.wire;

import org.jspecify.annotations.NullMarked;
