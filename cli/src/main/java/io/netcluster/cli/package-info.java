/** The {@code netcluster} command: reads what the user wants, and answers what is wrong with it. */
@NullMarked
package io.netcluster.cli;

import org.jspecify.annotations.NullMarked;
