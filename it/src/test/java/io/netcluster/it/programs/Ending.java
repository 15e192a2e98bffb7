package io.netcluster.it.programs;

import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A program that ends as its arguments say, after it has noted its birth in a file: {@code <file> <port|none>
 * <exit status for slot 1>,<for slot 2>… [wait]}; the status of a birth beyond the first 3 of its slot is 0.
 */
public final class Ending {
    private Ending() {}

    public static void main(String[] arguments) throws Exception {
        var file = Path.of(arguments[0]);
        int slot = Integer.getInteger("netcluster.slot");
        Files.writeString(
                file,
                slot + " " + System.getProperty("netcluster.id") + " " + System.currentTimeMillis() + "\n",
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
        if (!arguments[1].equals("none")) {
            var _ = new ServerSocket(Integer.parseInt(arguments[1]));
        }
        long births = Files.readAllLines(file).stream()
                .filter(line -> line.startsWith(slot + " "))
                .count();
        System.exit(births > 3 ? 0 : Integer.parseInt(arguments[2].split(",")[slot - 1]));
    }
}
