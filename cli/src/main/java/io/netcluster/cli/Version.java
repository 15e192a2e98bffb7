package io.netcluster.cli;

import picocli.CommandLine.IVersionProvider;

/** The version, as the build wrote it into the jar. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {"netcluster " + Version.class.getPackage().getImplementationVersion()};
    }
}
