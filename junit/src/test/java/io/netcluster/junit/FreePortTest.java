package io.netcluster.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.testkit.engine.EventConditions.finishedWithFailure;
import static org.junit.platform.testkit.engine.TestExecutionResultConditions.message;

import io.netcluster.LeaseOptions;
import io.netcluster.PortLease;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;

/** Where {@link FreePort} may stand, and how long the port is held, by running classes that have it. */
final class FreePortTest {
    /** The ports that the classes below have seen. */
    private static final Set<Integer> SEEN = ConcurrentHashMap.newKeySet();

    private static EngineExecutionResults run(Class<?> type, String... parameters) {
        SEEN.clear();
        var engine = EngineTestKit.engine("junit-jupiter").selectors(selectClass(type));
        for (int i = 0; i < parameters.length; i += 2) {
            engine = engine.configurationParameter(parameters[i], parameters[i + 1]);
        }
        return engine.execute();
    }

    private static void assertHeld(int port) {
        assertThatThrownBy(() -> PortLease.take(LeaseOptions.defaults().range(port, port)))
                .isInstanceOf(BindException.class);
    }

    private static void assertFree(Iterable<Integer> ports) throws IOException {
        for (int port : ports) {
            PortLease.take(LeaseOptions.defaults().range(port, port)).close();
        }
    }

    @Test
    void parametersAreHeldDuringTheTest() throws Exception {
        run(Parameters.class).testEvents().assertStatistics(events -> events.succeeded(2));

        assertThat(SEEN).hasSize(2 + 2 + 1 + 2); // by constructor and @BeforeEach of either test, @BeforeAll, the tests
        assertFree(SEEN);
    }

    static final class Parameters {
        private static final List<Integer> OF_TESTS = new ArrayList<>();

        private static int ofAll;
        private final int constructors;
        private int beforeEachs;

        Parameters(@FreePort int port) throws IOException {
            constructors = port;
            SEEN.add(port);
            assertFree(OF_TESTS);
        }

        @BeforeAll
        static void beforeAll(@FreePort Integer port) {
            ofAll = port;
            SEEN.add(port);
        }

        @BeforeEach
        void beforeEach(@FreePort int port) {
            beforeEachs = port;
            SEEN.add(port);
        }

        @Test
        void one(@FreePort int port) throws IOException {
            use(port);
        }

        @Test
        void two(@FreePort PortLease lease) throws IOException {
            use(lease.port());
        }

        private void use(int port) throws IOException {
            SEEN.add(port);
            for (int each : List.of(ofAll, constructors, beforeEachs, port)) {
                assertHeld(each);
                new ServerSocket(each).close();
            }
            OF_TESTS.addAll(List.of(constructors, beforeEachs, port));
        }
    }

    @Test
    void staticFieldsAreTheClassesAndOthersTheTests() throws Exception {
        run(Fields.class).testEvents().assertStatistics(events -> events.succeeded(4));

        assertThat(SEEN).hasSize(1 + 4 + 1);
        assertFree(SEEN);
    }

    static class Fields {
        @FreePort
        private static int ofTheClass;

        @FreePort
        private PortLease ofTheTest;

        private static int first;

        @BeforeAll
        static void remember() {
            first = ofTheClass;
        }

        @AfterAll
        static void isStillHeld() {
            assertHeld(ofTheClass);
        }

        @RepeatedTest(3)
        void each() throws IOException {
            use();
        }

        void use() throws IOException {
            assertThat(ofTheClass).isEqualTo(first);
            assertThat(SEEN.add(ofTheTest.port())).isTrue();
            SEEN.add(ofTheClass);
            assertHeld(ofTheClass);
            assertHeld(ofTheTest.port());
            new ServerSocket(ofTheTest.port()).close();
        }

        @Nested
        final class Inner {
            @FreePort
            private int innermost;

            @Test
            void sharesTheOuterFields() throws IOException {
                use();
                assertHeld(innermost);
                SEEN.add(innermost);
            }
        }
    }

    @Test
    void oneInstanceForAllTestsGetsAPortForEach() throws Exception {
        run(OneInstance.class).testEvents().assertStatistics(events -> events.succeeded(3));

        assertThat(SEEN).hasSize(3);
        assertFree(SEEN);
    }

    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    static final class OneInstance {
        @FreePort
        private int port;

        @RepeatedTest(3)
        void test() {
            assertHeld(port);
            assertThat(SEEN.add(port)).isTrue();
        }
    }

    @Test
    void optionsAreTheLeases() throws Exception {
        run(Options.class).testEvents().assertStatistics(events -> events.succeeded(2));
    }

    static final class Options {
        @Test
        void forUdpInARow(@FreePort(udp = true, count = 3) PortLease lease) throws IOException {
            assertThat(lease.ports()).hasSize(3);
            for (int port : lease.ports()) {
                new DatagramSocket(port).close();
            }
        }

        @Test
        void ofARange(@FreePort(first = 20_000, last = 30_000) int port) {
            assertThat(port).isBetween(20_000, 30_000);
        }
    }

    /** With as many threads as tests, which all hold theirs before any ends. */
    @Test
    void testsInParallelHavePortsOfTheirOwn() throws Exception {
        run(
                        InParallel.class,
                        "junit.jupiter.execution.parallel.enabled",
                        "true",
                        "junit.jupiter.execution.parallel.mode.default",
                        "concurrent",
                        "junit.jupiter.execution.parallel.config.strategy",
                        "fixed",
                        "junit.jupiter.execution.parallel.config.fixed.parallelism",
                        String.valueOf(InParallel.TESTS))
                .testEvents()
                .assertStatistics(events -> events.succeeded(InParallel.TESTS));

        assertThat(SEEN).hasSize(2 * InParallel.TESTS);
        assertFree(SEEN);
    }

    static final class InParallel {
        private static final int TESTS = 16;
        private static final CountDownLatch ALL = new CountDownLatch(TESTS);

        @FreePort
        private int field;

        @RepeatedTest(TESTS)
        void test(@FreePort int parameter) throws Exception {
            try (var _ = new ServerSocket(parameter);
                    var _ = new ServerSocket(field)) {
                assertThat(SEEN.add(parameter) && SEEN.add(field)).isTrue();
                ALL.countDown();
                assertThat(ALL.await(30, TimeUnit.SECONDS)).isTrue();
            }
        }
    }

    @Test
    void whatCannotBeFilledFailsAndSaysWhy() {
        assertFails(Misplaced.class, "@FreePort fills an int, an Integer or a PortLease, and no String");
        assertFails(
                Final.class,
                "@FreePort cannot fill private final int " + Final.class.getName() + ".port, which is final");
        assertFails(NotARange.class, "cannot lease what @FreePort asks for: 5-4 is no range of ports from 1 to 65535");
    }

    private static void assertFails(Class<?> type, String message) {
        run(type)
                .testEvents()
                .assertThatEvents()
                .haveExactly(1, finishedWithFailure(message(text -> text.contains(message))));
    }

    static final class Misplaced {
        @Test
        void test(@FreePort String port) {}
    }

    static final class Final {
        @FreePort
        private final int port = 0;

        @Test
        void test() {}
    }

    static final class NotARange {
        @Test
        void test(@FreePort(first = 5, last = 4) int port) {}
    }
}
