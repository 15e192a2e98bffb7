/** Node's {@code cluster} for the JVM: any Java server as several worker processes that share its ports. */
module io.netcluster {
    requires java.instrument;
    requires jdk.unsupported;
    requires static org.jspecify;

    exports io.netcluster;
    exports io.netcluster.worker to
            java.instrument; // which calls premain
}
