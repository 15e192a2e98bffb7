package io.netcluster.primary;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * This process's own command line, from which its program can be run again.
 *
 * @param java the java launcher
 * @param line what stands behind it
 */
record OwnCommand(Path java, CommandLine line) {
    private static final String SOURCE_LAUNCHER = "jdk.compiler/com.sun.tools.javac.launcher.";
    private static final Pattern DEBUGGER = Pattern.compile("^(-agentlib:jdwp=|-Xrunjdwp:)(?<options>.*)");
    private static final String GONE = " (deleted)"; // of an executable that was replaced: proc_pid_exe(5)
    private static final String REMEDY = "; give the cluster an explicit command";

    /** Reads it; options that are this process's alone are left out. */
    static OwnCommand read() throws CannotStartException {
        var java = launcher(ProcessHandle.current().info().command().orElse(""));
        var words = words();
        var line = parse(words.subList(1, words.size()), System.getProperty("sun.java.command"));
        return new OwnCommand(
                java,
                line.without(line.options().stream()
                        .filter(OwnCommand::isThisProcesssAlone)
                        .toList()));
    }

    private static Path launcher(String executable) throws CannotStartException {
        var path = Path.of(
                executable.endsWith(GONE) ? executable.substring(0, executable.length() - GONE.length()) : executable);
        if (!path.endsWith("java")) {
            throw new CannotStartException("this process cannot be run again: its executable "
                    + (executable.isEmpty() ? "is unknown" : path + " is no java launcher") + REMEDY);
        }
        return path;
    }

    /** Not from ProcessHandle, which has no arguments of a line longer than a page. */
    private static List<String> words() throws CannotStartException {
        try {
            return split(
                    Files.readAllBytes(Path.of("/proc/self/cmdline")),
                    Charset.forName(System.getProperty("sun.jnu.encoding")));
        } catch (IOException e) {
            throw new CannotStartException("cannot read this process's own command line: " + e + REMEDY);
        }
    }

    /** The words of a command line as the kernel has it, each with a zero byte behind it. */
    static List<String> split(byte[] line, Charset charset) throws CannotStartException {
        var words = new ArrayList<String>();
        int start = 0;
        for (int i = 0; i < line.length; i++) {
            if (line[i] == 0) {
                var bytes = Arrays.copyOfRange(line, start, i);
                var word = new String(bytes, charset);
                if (!Arrays.equals(word.getBytes(charset), bytes)) {
                    throw new CannotStartException("the command line has characters that are none in this locale's "
                            + charset + ": " + word + "; set LC_ALL=C.UTF-8");
                }
                words.add(word);
                start = i + 1;
            }
        }
        return words;
    }

    /**
     * Finds where the arguments begin.
     *
     * @param words what stands behind {@code java}
     * @param command the system property {@code sun.java.command}: what is run, and its arguments, joined by blanks
     */
    static CommandLine parse(List<String> words, @Nullable String command) {
        var run = command == null ? "" : command;
        if (run.startsWith(SOURCE_LAUNCHER)) {
            run = run.substring(run.indexOf(' ') + 1);
        }
        var scanned = CommandLine.ofJava(words);
        for (int i = 1; i <= words.size(); i++) {
            var arguments = i == words.size() ? "" : " " + String.join(" ", words.subList(i, words.size()));
            if (run.length() > arguments.length() && run.endsWith(arguments)) {
                var main = run.substring(0, run.length() - arguments.length());
                return isWhatRuns(words.get(i - 1), main)
                        ? CommandLine.ofJava(words, i)
                        : new CommandLine(words, scanned.run(), CommandLine.UNKNOWN);
            }
        }
        return new CommandLine(words, scanned.run(), CommandLine.UNKNOWN);
    }

    /** An argument file may hold arguments too: only if what is run is one word, it does not. */
    private static boolean isWhatRuns(String word, String main) {
        return word.equals(main)
                || word.equals("--module=" + main)
                || (CommandLine.isArgumentFile(word) && main.indexOf(' ') < 0);
    }

    private static boolean isThisProcesssAlone(String option) {
        return dialsDebugger(option)
                || Stream.of(Program.AGENT_OPTION, Program.LIBRARY_AGENT)
                        .anyMatch(loads -> option.startsWith(loads)
                                && AgentJar.isAgent(
                                        Path.of(option.substring(loads.length()).replaceFirst("=.*", ""))));
    }

    /** A debugger that the JVM dials, as IDEs have it, speaks to one JVM only; another would not start. */
    static boolean dialsDebugger(String option) {
        var matcher = DEBUGGER.matcher(option);
        return matcher.find()
                && !Arrays.asList(matcher.group("options").split(",")).contains("server=y");
    }
}
