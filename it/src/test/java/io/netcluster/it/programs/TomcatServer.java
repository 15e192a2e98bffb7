package io.netcluster.it.programs;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.http2.Http2Protocol;

/** The answers of {@link LineServer} to the path of each request, by Tomcat. Arguments: host, port, a directory. */
public final class TomcatServer {
    private TomcatServer() {}

    public static void main(String[] arguments) throws Exception {
        var tomcat = new Tomcat();
        tomcat.setBaseDir(arguments[2]);
        var connector = new Connector();
        connector.setProperty("address", arguments[0]);
        connector.setProperty("maxKeepAliveRequests", "-1");
        var http2 = new Http2Protocol();
        http2.setKeepAliveTimeout(5_000); // at which it closes connections that have had their GOAWAY
        connector.addUpgradeProtocol(http2);
        connector.setPort(Integer.parseInt(arguments[1]));
        tomcat.setConnector(connector);
        var context = tomcat.addContext("", null);
        Tomcat.addServlet(context, "answer", new Answer());
        context.addServletMappingDecoded("/*", "answer");
        tomcat.start();
        tomcat.getServer().await();
    }

    private static final class Answer extends HttpServlet {
        private static final long serialVersionUID = 1;

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.getOutputStream()
                    .write(LineServer.reply(request.getRequestURI().substring(1)));
        }
    }
}
