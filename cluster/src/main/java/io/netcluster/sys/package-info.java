/**
 * Linux, as far as netcluster needs it: the only package that imports {@code java.lang.foreign}.
 *
 * <p>Descriptors are plain numbers here. Each method that takes or returns one says who owns it afterwards. Every method
 * may be called by any thread; those that may block say so. What fails throws {@link io.netcluster.sys.ErrnoException},
 * whose message is {@code operation(arguments): ERRNO text}.
 */
@NullMarked
package io.netcluster.sys;

import org.jspecify.annotations.NullMarked;
