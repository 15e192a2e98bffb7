package io.netcluster.primary;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/** Says of what goes on being wrong that it is, once. Any thread. */
final class Complaints {
    private final Consumer<String> say;
    private final Set<String> said = new HashSet<>();

    Complaints(Consumer<String> say) {
        this.say = say;
    }

    /** Something is wrong with a matter. */
    void say(String matter, String line) {
        boolean news;
        synchronized (said) {
            news = said.add(matter);
        }
        if (news) {
            say.accept(line);
        }
    }

    /** The matter is all right: if it goes wrong again, that is news. */
    void settled(String matter) {
        synchronized (said) {
            said.remove(matter);
        }
    }
}
