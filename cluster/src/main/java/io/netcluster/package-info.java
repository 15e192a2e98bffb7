/** The public API: what a program may ask netcluster; everything else is internal. */
@NullMarked
package io.netcluster;

import org.jspecify.annotations.NullMarked;
