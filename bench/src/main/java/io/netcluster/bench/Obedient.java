package io.netcluster.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A program under measurement that has connected, and does what each line tells it. */
record Obedient(Socket socket, BufferedReader in, PrintWriter out) implements AutoCloseable {
    Obedient(Socket socket) throws IOException {
        this(
                socket,
                new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII)),
                new PrintWriter(socket.getOutputStream(), true, StandardCharsets.US_ASCII));
    }

    /** Gives an order and waits for the answer. */
    String order(String what) throws IOException {
        out.println(what);
        var answer = in.readLine();
        if (answer == null) {
            throw new IOException("the measured program has gone");
        }
        return answer;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
