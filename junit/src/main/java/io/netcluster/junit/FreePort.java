package io.netcluster.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Puts a free port into a parameter or a field, and holds it by an {@link io.netcluster.PortLease} while the test may need
 * it: nobody else gets it, in this process or in another, so tests may run in parallel.
 *
 * <pre>{@code
 * @Test
 * void answers(@FreePort int port) throws IOException {
 *     var server = new ServerSocket(port);
 *     ...
 * }
 * }</pre>
 *
 * <p>The type is {@code int}, {@code Integer}, or {@code PortLease} for those who want to let go of it, or want several.
 * Each place has a lease of its own. That of a parameter ends after the test, or after all tests of the class if it is
 * one of {@code @BeforeAll} or {@code @AfterAll}; that of a static field after all tests of the class; that of another
 * field after the test. A lease that cannot be had fails the test or the class, and says why.
 *
 * <p>Needs JUnit 5.13 or later, and Linux.
 */
@Documented
@ExtendWith(FreePortExtension.class)
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.PARAMETER, ElementType.FIELD})
public @interface FreePort {
    /** Whether it is free for UDP too: see {@link io.netcluster.LeaseOptions#udp}. */
    boolean udp() default false;

    /** How many ports, whose numbers follow each other; an {@code int} is the first. */
    int count() default 1;

    /** The first port of the range it is to come from, together with {@link #last}; 0 for any. */
    int first() default 0;

    /** The last port of that range. */
    int last() default 0;
}
