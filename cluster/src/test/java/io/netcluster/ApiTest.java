package io.netcluster;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What programs compile and link against changes only on purpose: it is what {@code api.txt} says.
 *
 * <p>Until there is a release to compare with, that file is the baseline.
 */
final class ApiTest {
    private static final Path ACCEPTED = Path.of("api.txt");
    private static final List<String> OF_ANY_OBJECT = List.of("equals", "hashCode", "toString");

    @Test
    void thePublicApiIsTheOneThatWasAccepted() throws Exception {
        var lines = new ArrayList<String>();
        for (var type : publicTypes()) {
            lines.addAll(describe(type));
        }
        var actual = String.join("\n", lines) + "\n";
        var path = Path.of("target", ACCEPTED.toString());
        Files.writeString(path, actual);

        assertThat(actual)
                .as("the public API has changed; if that is wanted, say so in CHANGELOG.md, and copy cluster/" + path
                        + " to cluster/" + ACCEPTED)
                .isEqualTo(Files.readString(ACCEPTED));
    }

    private static List<Class<?>> publicTypes() throws IOException, URISyntaxException, ClassNotFoundException {
        var classes = Path.of(Cluster.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .resolve("io/netcluster");
        var types = new ArrayList<Class<?>>();
        try (var files = Files.newDirectoryStream(classes, "*.class")) {
            for (var file : files) {
                var name = file.getFileName().toString().replace(".class", "");
                var type = name.equals("package-info")
                        ? null
                        : Class.forName("io.netcluster." + name, false, Cluster.class.getClassLoader());
                if (type != null && isPublic(type)) {
                    types.add(type);
                }
            }
        }
        types.sort((a, b) -> a.getName().compareTo(b.getName()));
        return types;
    }

    private static boolean isPublic(Class<?> type) {
        return Modifier.isPublic(type.getModifiers())
                && (type.getDeclaringClass() == null || isPublic(type.getDeclaringClass()));
    }

    private static List<String> describe(Class<?> type) {
        var permitted = type.isSealed()
                ? " permits "
                        + Arrays.stream(type.getPermittedSubclasses())
                                .map(Class::getName)
                                .sorted()
                                .collect(joining(", "))
                : "";
        var above = Stream.concat(
                        Stream.ofNullable(type.getAnnotatedSuperclass()), Arrays.stream(type.getAnnotatedInterfaces()))
                .map(AnnotatedType::toString)
                .filter(name -> !name.equals("java.lang.Object"))
                .collect(joining(", "));
        var lines = new ArrayList<String>();
        lines.add(shorten(type.toGenericString() + (above.isEmpty() ? "" : " : " + above) + permitted));
        Stream.of(type.getDeclaredFields(), type.getDeclaredConstructors(), type.getDeclaredMethods())
                .flatMap(Arrays::stream)
                .map(Member.class::cast)
                .filter(member -> (member.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED)) != 0)
                .filter(member -> !member.isSynthetic() && !OF_ANY_OBJECT.contains(member.getName()))
                .map(ApiTest::describe)
                .map(ApiTest::shorten)
                .sorted()
                .forEach(line -> lines.add("    " + line));
        return lines;
    }

    private static String describe(Member member) {
        return Modifier.toString(member.getModifiers() & ~Modifier.TRANSIENT & ~Modifier.VOLATILE)
                + switch (member) {
                    case Field field -> " " + field.getAnnotatedType() + " " + field.getName();
                    case Method method ->
                        generic(method) + " " + method.getAnnotatedReturnType() + " " + method.getName() + rest(method);
                    case Constructor<?> constructor ->
                        generic(constructor) + " "
                                + constructor.getDeclaringClass().getSimpleName() + rest(constructor);
                    default -> throw new AssertionError(member);
                };
    }

    private static String generic(Executable executable) {
        var parameters = executable.getTypeParameters();
        return parameters.length == 0
                ? ""
                : " <" + Arrays.stream(parameters).map(Object::toString).collect(joining(", ")) + ">";
    }

    private static String rest(Executable executable) {
        var thrown = executable.getAnnotatedExceptionTypes();
        return Arrays.stream(executable.getAnnotatedParameterTypes())
                        .map(AnnotatedType::toString)
                        .collect(joining(", ", "(", ")"))
                + (thrown.length == 0
                        ? ""
                        : Arrays.stream(thrown).map(AnnotatedType::toString).collect(joining(", ", " throws ", "")));
    }

    private static String shorten(String signature) {
        return signature
                .replace("@org.jspecify.annotations.Nullable", "@Nullable")
                .replaceAll("\\b(io\\.netcluster|java\\.(lang|io|util|time|nio|net)[a-z.]*)\\.(?=[@A-Z])", "");
    }
}
