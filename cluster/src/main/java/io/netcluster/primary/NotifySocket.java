package io.netcluster.primary;

import io.netcluster.sys.Notification;
import java.io.IOException;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where a service manager, such as systemd, hears what this process says (sd_notify(3)); there may be none.
 *
 * <p>Confined to the supervisor's thread. What cannot be told is said once.
 */
final class NotifySocket {
    private final @Nullable String address;
    private final Consumer<String> complain;
    private boolean complained;

    /** The one that the environment names, if it names any. */
    NotifySocket(Map<String, String> environment, Consumer<String> complain) {
        var named = environment.getOrDefault("NOTIFY_SOCKET", "");
        this.address = named.startsWith("/") || named.startsWith("@") ? named : null;
        this.complain = complain;
    }

    boolean exists() {
        return address != null;
    }

    /**
     * Says something, where there is somebody to hear it.
     *
     * @param lines each ends with a line feed
     * @param descriptors go with it as duplicates; they stay the caller's
     */
    void send(String lines, int... descriptors) {
        if (address == null) {
            return;
        }
        try {
            Notification.send(address, lines, descriptors);
        } catch (IOException e) {
            if (!complained) {
                complain.accept("cannot tell the service manager: " + e.getMessage());
            }
            complained = true;
        }
    }
}
