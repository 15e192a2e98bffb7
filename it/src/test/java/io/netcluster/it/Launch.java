package io.netcluster.it;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Programs of this module that are primaries themselves, started as anybody would start them. */
final class Launch {
    /** What the JVM says when a program makes its first native call, unless it is told not to: JEP 472. */
    private static final String NATIVE_ACCESS =
            "! (WARNING: .*(restricted method|java.lang.foreign|native-access|Restricted" + " methods).*)?";

    private Launch() {}

    /** {@code java -cp …} with the main class and its arguments, and no options. */
    static Running java(Class<?> main, Object... arguments) throws IOException {
        return java(Map.of(), List.of(), main, arguments);
    }

    static Running java(Map<String, String> environment, List<String> options, Class<?> main, Object... arguments)
            throws IOException {
        var command = new ArrayList<>(List.of(Running.JAVA));
        command.addAll(options);
        command.addAll(List.of("-cp", Running.classPath(), main.getName()));
        for (var argument : arguments) {
            command.add(String.valueOf(argument));
        }
        return Running.start(command, environment);
    }

    /** What a process printed, but for the JVM's warning of native access. */
    static List<String> lines(Running running) {
        return running.lines().stream()
                .filter(line -> !line.matches(NATIVE_ACCESS))
                .toList();
    }
}
