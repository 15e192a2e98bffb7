package io.netcluster.primary;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * netcluster's own jar as a file that {@code -javaagent:} takes.
 *
 * <p>Often that is where this class comes from. But a program may also be one jar that has all its libraries' classes or
 * jars inside, a run-time image, or folders of classes: then the jar is made, in a directory of the cluster's.
 */
final class AgentJar {
    private static final String AGENT = "io.netcluster.worker.Premain";
    private static final Attributes.Name PREMAIN = new Attributes.Name("Premain-Class");
    private static final String[] OURS = {"io/netcluster", "META-INF/netcluster"};

    /** A jar in a jar, as Spring Boot's class loaders name it, since 3.2 and before; or just a jar. */
    private static final Pattern JAR =
            Pattern.compile("jar:(?:nested|file):(?<outer>[^!]*?)(?:/!|!/)(?:(?<inner>[^!]+?)!?/?)?");

    private AgentJar() {}

    /** Whether a file is netcluster's agent, of whatever version. */
    static boolean isAgent(Path file) {
        if (!Files.isRegularFile(file)) {
            return false;
        }
        try (var jar = new JarFile(file.toFile(), false)) {
            var manifest = jar.getManifest();
            return manifest != null && AGENT.equals(manifest.getMainAttributes().getValue(PREMAIN));
        } catch (IOException e) {
            return false; // no jar, or none that may be read
        }
    }

    /**
     * The jar; if it is made, it lies in the directory and stays there.
     *
     * @param forAll whether it must be one that every user may read, if the directory is
     * @throws IOException if this class has not been loaded from a place that is known, or the jar cannot be made
     */
    static Path in(Path directory, boolean forAll) throws IOException {
        var made = directory.resolve("netcluster.jar");
        if (Files.exists(made)) {
            return made;
        }
        return of(location(), made, forAll);
    }

    /** The jar of a code source, which is made at the given place if it is not one already. */
    static Path of(URI source, Path made, boolean forAll) throws IOException {
        var part = made.resolveSibling("netcluster.jar.part");
        Files.deleteIfExists(part); // of an attempt that failed
        if ("jar".equals(source.getScheme())) {
            var nested = JAR.matcher(source.toString());
            if (!nested.matches()) {
                throw unknown(source);
            }
            var outer = Path.of(URI.create("file:" + nested.group("outer")));
            if (nested.group("inner") == null) {
                return of(outer.toUri(), made, forAll);
            }
            extract(outer, nested.group("inner"), part);
        } else if ("jrt".equals(source.getScheme())) {
            collect(FileSystems.getFileSystem(URI.create("jrt:/")).getPath("modules", source.getPath()), part);
        } else if ("file".equals(source.getScheme())) {
            var path = Path.of(source);
            if (isAgent(path)) {
                if (!forAll) {
                    return path;
                }
                Files.copy(path, part);
            } else if (Files.isDirectory(path)) {
                collect(path, part);
            } else {
                try (var files = FileSystems.newFileSystem(path)) {
                    collect(files.getPath("/"), part);
                }
            }
        } else {
            throw unknown(source);
        }
        if (!isAgent(part)) {
            Files.delete(part);
            throw new IOException("what is in " + source + " is not all of netcluster: its agent is missing");
        }
        Files.setPosixFilePermissions(part, PosixFilePermissions.fromString(forAll ? "r--r--r--" : "r--------"));
        return Files.move(part, made);
    }

    private static URI location() throws IOException {
        var source = AgentJar.class.getProtectionDomain().getCodeSource();
        if (source == null || source.getLocation() == null) {
            throw new IOException("the class loader of netcluster's classes, " + AgentJar.class.getClassLoader()
                    + ", does not tell where they come from");
        }
        try {
            return source.getLocation().toURI();
        } catch (URISyntaxException e) {
            throw new IOException("a class loader gave what is no URI: " + source.getLocation(), e);
        }
    }

    private static IOException unknown(URI source) {
        return new IOException("netcluster's classes come from " + source
                + ", and workers need them as a jar file; put netcluster's jar onto the class path or module path");
    }

    private static void extract(Path outer, String inner, Path to) throws IOException {
        try (var zip = new ZipFile(outer.toFile())) {
            var entry = zip.getEntry(inner);
            if (entry == null) {
                throw new IOException(inner + " is missing in " + outer);
            }
            try (InputStream in = zip.getInputStream(entry)) {
                Files.copy(in, to);
            }
        }
    }

    /** Makes a jar of our own classes among those under a directory. */
    private static void collect(Path from, Path to) throws IOException {
        var manifest = new Manifest();
        var attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        if (Files.exists(from.resolve("io/netcluster/worker/Agent.class"))
                && Files.exists(from.resolve("META-INF/netcluster"))) {
            attributes.put(PREMAIN, AGENT);
        }
        attributes.put(new Attributes.Name("Can-Redefine-Classes"), "true");
        attributes.put(new Attributes.Name("Can-Retransform-Classes"), "true");
        try (OutputStream out = Files.newOutputStream(to);
                var jar = new JarOutputStream(out, manifest)) {
            for (var ours : OURS) {
                add(from, from.resolve(ours), jar);
            }
        }
    }

    private static void add(Path root, Path directory, JarOutputStream jar) throws IOException {
        try (Stream<Path> files = Files.exists(directory) ? Files.walk(directory) : Stream.empty()) {
            for (var file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                jar.putNextEntry(new ZipEntry(root.relativize(file).toString()));
                Files.copy(file, jar);
            }
        }
    }
}
