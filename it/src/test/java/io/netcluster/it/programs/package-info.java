/** What the clusters under test run: plain Java servers that know nothing of netcluster. */
@NullMarked
package io.netcluster.it.programs;

import org.jspecify.annotations.NullMarked;
