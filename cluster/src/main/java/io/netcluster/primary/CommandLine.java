package io.netcluster.primary;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What stands behind the word {@code java}, or behind the name of a program: options, what is run, and its arguments.
 *
 * @param words all of it
 * @param run where what is run begins, and the options end; an argument file, which may hold both, ends them too
 * @param arguments where the arguments begin, or {@link #UNKNOWN}
 */
record CommandLine(List<String> words, int run, int arguments) {
    static final int UNKNOWN = -1;

    private static final Set<String> BEFORE_WHAT_IS_RUN = Set.of("-jar", "-m", "--module");

    /** Options whose value is the next word, as the java launcher knows them (java(1)). */
    private static final Set<String> WITH_VALUE = Set.of(
            "-cp",
            "-classpath",
            "--class-path",
            "-p",
            "--module-path",
            "--upgrade-module-path",
            "--add-modules",
            "--limit-modules",
            "--add-exports",
            "--add-opens",
            "--add-reads",
            "--patch-module",
            "--source",
            "--enable-native-access");

    /** A program that is no java: all words are its arguments. */
    static CommandLine ofProgram(List<String> words) {
        return new CommandLine(words, 0, 0);
    }

    /** The words behind {@code java}. */
    static CommandLine ofJava(List<String> words) {
        for (int i = 0; i < words.size(); i++) {
            var word = words.get(i);
            if (isArgumentFile(word)) {
                return new CommandLine(words, i, UNKNOWN);
            }
            if (BEFORE_WHAT_IS_RUN.contains(word)) {
                return new CommandLine(words, i, Math.min(i + 2, words.size()));
            }
            if (word.startsWith("--module=") || !word.startsWith("-")) {
                return new CommandLine(words, i, i + 1);
            }
            if (WITH_VALUE.contains(word)) {
                i++;
            }
        }
        return new CommandLine(words, words.size(), UNKNOWN);
    }

    /**
     * The words behind {@code java}, of which it is known where the arguments begin.
     *
     * @param arguments at least 1
     */
    static CommandLine ofJava(List<String> words, int arguments) {
        int last = arguments - 1;
        boolean announced = last > 0 && BEFORE_WHAT_IS_RUN.contains(words.get(last - 1));
        return new CommandLine(words, announced ? last - 1 : last, arguments);
    }

    static boolean isArgumentFile(String word) {
        return word.startsWith("@") && !word.startsWith("@@");
    }

    /** The same without some of its options. */
    CommandLine without(List<String> options) {
        var kept = new ArrayList<>(words.subList(0, run));
        kept.removeAll(options);
        int fewer = run - kept.size();
        kept.addAll(words.subList(run, words.size()));
        return new CommandLine(List.copyOf(kept), run - fewer, arguments == UNKNOWN ? UNKNOWN : arguments - fewer);
    }

    /** Whether it is known that a class is run which is no module's, be it a jar's, so that the JVM has its usual modules. */
    boolean isOnClassPath() {
        if (run >= words.size() || isArgumentFile(words.get(run))) {
            return false;
        }
        var what = words.get(run);
        return what.equals("-jar") || (!what.startsWith("-") && !what.endsWith(".java"));
    }

    List<String> options() {
        return words.subList(0, run);
    }

    /**
     * The words, with more options behind the others and with other arguments.
     *
     * @param instead the arguments, or null to keep those that are there
     * @throws CannotStartException if they are to be replaced and it is not known where they begin
     */
    List<String> with(List<String> moreOptions, @Nullable List<String> instead) throws CannotStartException {
        var result = new ArrayList<>(options());
        result.addAll(moreOptions);
        if (instead == null) {
            result.addAll(words.subList(run, words.size()));
        } else if (arguments == UNKNOWN) {
            throw new CannotStartException("cannot tell where the program's arguments begin in: java "
                    + String.join(" ", words) + "; to replace them, give the cluster an explicit command");
        } else {
            result.addAll(words.subList(run, arguments));
            result.addAll(instead);
        }
        return result;
    }

    /** What is run: the jar, the class or the module; everything, where that is not known. */
    @Override
    public String toString() {
        return arguments > 0 ? words.get(arguments - 1) : String.join(" ", words);
    }
}
