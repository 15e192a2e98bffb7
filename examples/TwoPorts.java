import io.netcluster.Cluster;

void main() throws Exception {
    if (Cluster.isPrimary()) {
        try (var cluster = Cluster.open()) {
            cluster.onEvent(event -> System.out.println(event));
            cluster.fork();
            cluster.fork();
            cluster.awaitExit();
        }
    } else {
        var server = new ServerSocket(0);          // plain java.net: two workers, two distinct ports
        System.out.println("listening on port " + server.getLocalPort());
        server.accept();
    }
}
