/** The programs that are measured. None of them knows whether it is a worker. */
@NullMarked
package io.netcluster.bench.programs;

import org.jspecify.annotations.NullMarked;
