package io.netcluster.primary;

import io.netcluster.primary.LogFile.Kind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What is done with a cluster's log files: a pure function of what they are, the policy and the time. */
final class LogRotation {
    /** However little room there is for all, a file may have so many bytes. */
    static final long LEAST = 4096;

    private static final int SHARE = 2; // of the room for all, the files that are written to have the half

    private final List<LogFile> files;
    private final LogPolicy policy;
    private final Instant now;
    private final Set<LogFile> deleted = new HashSet<>();

    private LogRotation(List<LogFile> files, LogPolicy policy, Instant now) {
        this.files = files;
        this.policy = policy;
        this.now = now;
    }

    /** Something to be done. */
    sealed interface Action {}

    /** The file gets another name, and its stream a new file. */
    record Rotate(LogFile file, String name) implements Action {}

    /** The file is compressed, and goes. */
    record Compress(LogFile file) implements Action {}

    /** The file goes. */
    record Delete(LogFile file) implements Action {}

    /** What is to be done now, in order. A file that is in use is neither compressed nor deleted. */
    static List<Action> decide(List<LogFile> files, LogPolicy policy, Instant now) {
        return new LogRotation(files, policy, now).decide();
    }

    private List<Action> decide() {
        var actions = new ArrayList<Action>();
        deleteLeftovers();
        files.stream().map(LogFile::stream).distinct().forEach(this::deleteOld);
        deleteBeyondTotal();
        files.stream().filter(deleted::contains).map(Delete::new).forEach(actions::add);
        for (var file : files) {
            if (file.kind() == Kind.CURRENT && isDue(file) && isFree(file.rotated(now))) {
                actions.add(new Rotate(file, file.rotated(now)));
            } else if (file.kind() == Kind.ROTATED && policy.compress() && !file.inUse() && !deleted.contains(file)) {
                actions.add(new Compress(file));
            }
        }
        return actions;
    }

    /** What a primary was at work on when it was killed. */
    private void deleteLeftovers() {
        for (var file : files) {
            if (file.kind() == Kind.PART || files.stream().anyMatch(file::isSource)) {
                delete(file);
            }
        }
    }

    private void deleteOld(String stream) {
        var rotated = files.stream()
                .filter(file -> file.stream().equals(stream) && file.isRotated() && !deleted.contains(file))
                .sorted(Comparator.comparing(LogFile::since).reversed())
                .toList();
        for (int i = 0; i < rotated.size(); i++) {
            var file = rotated.get(i);
            if (i >= policy.keep()
                    || (policy.keepFor() != null && file.since().isBefore(now.minus(policy.keepFor())))) {
                delete(file);
            }
        }
    }

    private void deleteBeyondTotal() {
        long total = files.stream()
                .filter(file -> !deleted.contains(file))
                .mapToLong(LogFile::size)
                .sum();
        var oldestFirst = files.stream()
                .filter(file -> file.isRotated() && !file.inUse() && !deleted.contains(file))
                .sorted(Comparator.comparing(LogFile::since))
                .toList();
        for (var file : oldestFirst) {
            if (total <= policy.maxTotal()) {
                break;
            }
            delete(file);
            total -= file.size();
        }
    }

    private void delete(LogFile file) {
        if (!file.inUse()) {
            deleted.add(file);
        }
    }

    private boolean isDue(LogFile file) {
        boolean old = policy.maxAge() != null && file.size() > 0 && file.since().isBefore(now.minus(policy.maxAge()));
        return old || file.size() >= mostBytes();
    }

    private long mostBytes() {
        long streams =
                files.stream().filter(file -> file.kind() == Kind.CURRENT).count();
        return Math.max(LEAST, Math.min(policy.maxSize(), policy.maxTotal() / (SHARE * Math.max(1, streams))));
    }

    /** Two rotations within a second would have one name: the second waits. */
    private boolean isFree(String name) {
        var names = files.stream().map(LogFile::name).collect(Collectors.toSet());
        return !names.contains(name) && !names.contains(name + ".gz") && !names.contains(name + ".gz.part");
    }
}
