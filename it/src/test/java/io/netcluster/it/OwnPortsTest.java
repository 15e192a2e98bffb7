package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.programs.LineServer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.RuntimeMXBean;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.junit.jupiter.api.Test;

/** Ports that are a worker's identity are its own: shifted by its slot, and never shared. */
final class OwnPortsTest {
    @Test
    void aPortNamedOwnIsShiftedOnTheCommandLine() throws Exception {
        int port = FreePort.any();
        try (var cluster = Running.cluster(Running.join(
                new String[] {"--own", String.valueOf(port)},
                Running.program(LineServer.class, "socket", "127.0.0.1", port)))) {
            var listening = cluster.awaitListening(2);
            assertThat(listening)
                    .allSatisfy(each -> assertThat(each.port()).isEqualTo(port + each.slot() - 1))
                    .allSatisfy(each -> assertThat(each.where()).endsWith("(its own)"));
            for (int slot = 1; slot <= 2; slot++) {
                assertThat(new Ledger(port + slot - 1).connect(20, 4).bySlot()).containsOnlyKeys(slot);
            }
        }
    }

    @Test
    void elsewhereTheFirstToBindItHasIt() throws Exception {
        int port = FreePort.any();
        try (var puppets = Puppets.start(2, "--own", (port - 1) + "-" + (port + 1))) {
            puppets.done(2, "open a channel 127.0.0.1 " + port);
            assertThat(puppets.tell(1, "open a channel 127.0.0.1 " + port))
                    .isEqualTo("failed java.net.BindException: Address already in use");
            assertThat(new Ledger(port).connect(20, 4).bySlot()).containsOnlyKeys(2);
            puppets.done(2, "close a");
            puppets.done(1, "open a channel 127.0.0.1 " + port);
            assertThat(new Ledger(port).connect(20, 4).bySlot()).containsOnlyKeys(1);
        }
    }

    /** The debugger's own handshake is answered by both workers, on ports of their own (JDWP specification). */
    @Test
    void aDebugPortIsEachWorkersOwn() throws Exception {
        int port = twoFree();
        var debugger = List.of("-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:" + port);
        try (var puppets = Puppets.start(List.of(), Map.of(), debugger, 2)) {
            for (int slot = 1; slot <= 2; slot++) {
                assertThat(puppets.done(slot, "arguments")).contains("address=127.0.0.1:" + (port + slot - 1));
                handshake(port + slot - 1);
            }
        }
    }

    @Test
    void aDebugPortInTheEnvironmentIsEachWorkersOwnAndNoneOfThePrimarys() throws Exception {
        int debug = twoFree();
        int port = FreePort.any();
        var environment = Map.of(
                "JAVA_TOOL_OPTIONS",
                "-Dx=y -agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:" + debug);
        var command = new ArrayList<>(List.of(Running.HOME.resolve("netcluster").toString(), "run"));
        command.addAll(List.of(Running.program(LineServer.class, "socket", "127.0.0.1", port)));
        try (var cluster = Running.start(command, environment)) {
            cluster.awaitListening(2);
            for (int slot = 1; slot <= 2; slot++) {
                handshake(debug + slot - 1);
                cluster.await("^\\[" + slot + "] Listening for transport dt_socket at address: " + (debug + slot - 1));
            }
        }
    }

    private static void handshake(int port) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            var handshake = "JDWP-Handshake".getBytes(StandardCharsets.US_ASCII);
            socket.getOutputStream().write(handshake);
            assertThat(socket.getInputStream().readNBytes(handshake.length)).isEqualTo(handshake);
        }
    }

    @Test
    void aManagementPortIsEachWorkersOwn() throws Exception {
        int port = twoFree();
        var management = List.of(
                "-Dcom.sun.management.jmxremote.port=" + port,
                "-Dcom.sun.management.jmxremote.authenticate=false",
                "-Dcom.sun.management.jmxremote.ssl=false",
                "-Djava.rmi.server.hostname=127.0.0.1");
        try (var puppets = Puppets.start(List.of(), Map.of(), management, 2)) {
            for (int slot = 1; slot <= 2; slot++) {
                puppets.running()
                        .await("worker " + slot + " .* listens on \\*:" + (port + slot - 1) + " \\(its own\\)");
                var url = new JMXServiceURL("service:jmx:rmi:///jndi/rmi://127.0.0.1:" + (port + slot - 1) + "/jmxrmi");
                try (var connector = JMXConnectorFactory.connect(url)) {
                    var runtime = ManagementFactory.newPlatformMXBeanProxy(
                            connector.getMBeanServerConnection(),
                            ManagementFactory.RUNTIME_MXBEAN_NAME,
                            RuntimeMXBean.class);
                    assertThat(runtime.getSystemProperties()).containsEntry("netcluster.slot", String.valueOf(slot));
                }
            }
        }
    }

    private static int twoFree() throws Exception {
        int port = FreePort.any();
        for (int next = FreePort.any(); next != port + 1; next = FreePort.any()) {
            port = next;
        }
        return port;
    }
}
