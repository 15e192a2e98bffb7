package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A connection to a program that answers each line with one line. */
final class Line implements AutoCloseable {
    private final Closeable end;
    private final BufferedReader in;
    private final OutputStream out;

    private Line(Closeable end, InputStream in, OutputStream out) {
        this.end = end;
        this.in = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        this.out = out;
    }

    /** To a control port. */
    static Line to(int control) throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), control);
        socket.setSoTimeout((int) Running.PATIENCE.toMillis());
        return new Line(socket, socket.getInputStream(), socket.getOutputStream());
    }

    /** To a control port in the network namespace of a process. */
    static Line to(long pid, int control) throws IOException {
        var script = "exec 3<>/dev/tcp/127.0.0.1/" + control + "; cat <&3 & exec cat >&3";
        var process = new ProcessBuilder("nsenter", "--net=/proc/" + pid + "/ns/net", "bash", "-c", script)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        return new Line(process::destroyForcibly, process.getInputStream(), process.getOutputStream());
    }

    /** Sends a line and returns the answer. */
    String tell(String line) throws IOException {
        out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
        var answer = in.readLine();
        assertThat(answer).as(line).isNotNull();
        return answer;
    }

    @Override
    public void close() throws IOException {
        end.close();
    }
}
