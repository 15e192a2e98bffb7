/** Free ports for tests of servers that want to be told a number: see {@link io.netcluster.junit.FreePort}. */
@NullMarked
package io.netcluster.junit;

import org.jspecify.annotations.NullMarked;
