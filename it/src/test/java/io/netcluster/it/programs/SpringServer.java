package io.netcluster.it.programs;

import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The answers of {@link LineServer} to the path of each request, by Spring Boot on Tomcat, with its graceful shutdown.
 * A query is how many milliseconds an answer is to take. Arguments: host, port.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class SpringServer {
    public static void main(String[] arguments) {
        SpringApplication.run(
                SpringServer.class,
                "--server.address=" + arguments[0],
                "--server.port=" + arguments[1],
                "--server.tomcat.max-keep-alive-requests=-1",
                "--server.shutdown=graceful",
                "--spring.main.banner-mode=off");
    }

    @Bean
    Servlet answer() {
        return new Answer();
    }

    private static final class Answer extends HttpServlet {
        private static final long serialVersionUID = 1;

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            if (request.getQueryString() != null) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(Long.parseLong(request.getQueryString())));
            }
            response.getOutputStream()
                    .write(LineServer.reply(request.getRequestURI().substring(1)));
        }
    }
}
