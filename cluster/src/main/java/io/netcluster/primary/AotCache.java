package io.netcluster.primary;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which AOT cache (JEP 514) belongs to a java command: a file named by a fingerprint of all that the cache depends on.
 *
 * <p>That is the JDK, every option, and the contents of what is on the class path and module path. A JVM up to 25.0.3 does
 * not look whether a jar has been replaced, and runs the old code from the cache (JDK-8377932). And a JVM that refuses a
 * cache starts without any archive, slower than without the option, and says so on standard output. So there is none for a
 * command whose JVM would refuse it: with JDWP, with ZGC, with changed modules, with directories on the class path, or
 * with options that are hidden in an argument file. Thread-safe.
 */
final class AotCache {
    private static final Pattern REFUSED =
            Pattern.compile("-agentlib:jdwp.*|-Xrunjdwp.*|-Xdebug|-XX:\\+Use(Z|Epsilon)GC"
                    + "|-XX:AOT.*|-XX:SharedArchiveFile=.*|-XX:ArchiveClassesAtExit=.*|-Xshare:.*|-Xbootclasspath.*"
                    + "|--(patch-module|upgrade-module-path|limit-modules|source|enable-preview)(=.*)?|@.*|.*\\.java");
    private static final Set<String> PATHS = Set.of("-cp", "-classpath", "--class-path", "-p", "--module-path");
    private static final List<String> VARIABLES = List.of("CLASSPATH", "JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS");

    private static final Map<File, Known> KNOWN = new ConcurrentHashMap<>();

    /** What a jar looked like when its entries were read. */
    private record Known(
            long size, FileTime modified, @Nullable Object key, String digest) {}

    private AotCache() {}

    /**
     * Where the cache of a command is, or would be. Reads the directories of jars that have changed.
     *
     * @param directory where all caches are
     * @param java the launcher
     * @param words what stands behind it, without the agent's jar
     * @param run where what is run begins
     * @param base the working directory
     * @return nothing, if its JVM would refuse one
     */
    static Optional<Path> of(Path directory, Path java, List<String> words, int run, Path base) {
        if (words.stream()
                .limit(Math.min(run + 2L, words.size()))
                .anyMatch(word -> REFUSED.matcher(word).matches())) {
            return Optional.empty();
        }
        try {
            var print = MessageDigest.getInstance("SHA-256");
            var jars = new LinkedHashSet<File>();
            if (!collect(words, run, base, jars)) {
                return Optional.empty();
            }
            add(
                    print,
                    Files.readString(java.toRealPath().resolve("../../release").normalize()));
            for (var word : words.subList(0, Math.min(words.size(), run + 2))) {
                add(print, word);
            }
            for (var variable : VARIABLES) {
                add(print, System.getenv().getOrDefault(variable, ""));
            }
            for (var jar : jars) {
                add(print, jar + " " + digest(jar));
            }
            return Optional.of(directory.resolve(HexFormat.of().formatHex(print.digest(), 0, 16) + ".aot"));
        } catch (IOException e) {
            return Optional.empty(); // no JDK of the usual layout, or a jar that is just being replaced
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    private static void add(MessageDigest print, String text) {
        print.update((text + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** Collects the jars that are named; returns false if there is something else among them. */
    private static boolean collect(List<String> words, int run, Path base, Set<File> jars) throws IOException {
        var paths = new ArrayList<String>();
        for (int i = 0; i < Math.min(run + 1, words.size() - 1); i++) {
            var word = words.get(i);
            if (PATHS.contains(word) || word.equals("-jar")) {
                paths.add(words.get(i + 1));
            }
            for (var path : PATHS) {
                if (path.startsWith("--") && word.startsWith(path + "=")) {
                    paths.add(word.substring(path.length() + 1));
                }
            }
        }
        if (System.getenv("CLASSPATH") != null) {
            paths.add(System.getenv("CLASSPATH"));
        }
        for (var path : paths) {
            for (var entry : path.split(File.pathSeparator)) {
                if (!collect(base.resolve(entry).toFile(), jars)) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean collect(File entry, Set<File> jars) throws IOException {
        if (entry.getName().equals("*")) {
            var all = entry.getParentFile().listFiles();
            for (var file : all == null ? new File[0] : all) {
                if (file.getName().toLowerCase(Locale.ROOT).endsWith(".jar") && !collect(file, jars)) {
                    return false;
                }
            }
            return true;
        }
        if (!entry.exists()) {
            return true; // the JVM passes over it, and looks whether it is still missing
        }
        if (!entry.isFile()) {
            return false;
        }
        if (jars.add(entry.getAbsoluteFile())) {
            try (var jar = new JarFile(entry, false)) {
                var manifest = jar.getManifest();
                var more =
                        manifest == null ? null : manifest.getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
                for (var reference : more == null ? new String[0] : more.trim().split(" +")) {
                    var file = entry.getAbsoluteFile().toPath().resolveSibling(reference.replaceFirst("^file:", ""));
                    if (!collect(file.toFile(), jars)) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    /** The names, sizes and CRCs of a jar's entries, which stand in its directory. */
    private static String digest(File jar) throws IOException, NoSuchAlgorithmException {
        var now = Files.readAttributes(jar.toPath(), BasicFileAttributes.class);
        var known = KNOWN.get(jar);
        if (known != null
                && known.size == now.size()
                && known.modified.equals(now.lastModifiedTime())
                && Objects.equals(known.key, now.fileKey())) {
            return known.digest;
        }
        var print = MessageDigest.getInstance("SHA-256");
        try (var zip = new JarFile(jar, false)) {
            zip.stream().forEach(entry -> add(print, entry.getName() + " " + entry.getSize() + " " + entry.getCrc()));
        }
        var digest = HexFormat.of().formatHex(print.digest());
        KNOWN.put(jar, new Known(now.size(), now.lastModifiedTime(), now.fileKey(), digest));
        return digest;
    }
}
