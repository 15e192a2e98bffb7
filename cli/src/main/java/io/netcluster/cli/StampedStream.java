package io.netcluster.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Puts the time before what is written; to be written to line by line. */
final class StampedStream extends FilterOutputStream {
    StampedStream(OutputStream to) {
        super(to);
    }

    @Override
    public void write(byte[] line, int from, int length) throws IOException {
        var time = Instant.now().truncatedTo(ChronoUnit.MILLIS) + " ";
        out.write(time.getBytes(StandardCharsets.US_ASCII));
        out.write(line, from, length);
    }
}
