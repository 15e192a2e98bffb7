package io.netcluster.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The unit as which systemd runs a process.
 *
 * @param name such as {@code web.service}
 * @param user whether it is one of {@code systemd --user}
 */
record Unit(String name, boolean user) {
    private static final Pattern SERVICE = Pattern.compile("/([^/]+\\.service)(?:/[^/]*)?$", Pattern.MULTILINE);

    /** The one of this process, which is a cluster's primary; null if none has started it that hears how it is. */
    static @Nullable Unit ofThis(String cluster, Map<String, String> environment) {
        if (!environment.containsKey("NOTIFY_SOCKET")) {
            return null;
        }
        return new Unit(named(cluster), environment.containsKey("MANAGERPID")); // systemd.exec(5): of systemd --user
    }

    /** The one that the process's control groups tell (cgroups(7)), or else one that is called as the cluster. */
    private static String named(String cluster) {
        try {
            var matcher = SERVICE.matcher(Files.readString(Path.of("/proc/self/cgroup"), StandardCharsets.UTF_8));
            if (matcher.find()) {
                return matcher.group(1);
            }
        } catch (IOException e) {
            // the kernel has no control groups
        }
        return cluster + ".service";
    }

    /** The one that a cluster's status tells; null for none. */
    static @Nullable Unit in(ObjectNode status) {
        return status.has("unit")
                ? new Unit(status.path("unit").asString(""), status.path("user").asBoolean(false))
                : null;
    }

    /** Why no other process can take a cluster over from a primary in the foreground, and what does it instead. */
    static String whyNoTakeover(@Nullable Unit unit) {
        return unit == null
                ? "its primary is in the foreground: only 'netcluster start' and systemd make clusters whose workers are"
                        + " left to another primary"
                : "systemd runs its primary as " + unit.name + ", and would not know another. '" + unit.replacement()
                        + "' has systemd start the next one, which takes the workers over";
    }

    /** Shows what it prints, if that is the journal. */
    String journal() {
        return "journalctl " + (user ? "--user-unit " : "-u ") + name;
    }

    /** Has systemd start the main process anew, while the others live on; as Restart= and KillMode= of the unit are. */
    private String replacement() {
        return "systemctl " + (user ? "--user " : "") + "kill --kill-whom=main --signal=KILL " + name;
    }
}
