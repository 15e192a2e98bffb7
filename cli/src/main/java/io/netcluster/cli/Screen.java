package io.netcluster.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.AttributedString;
import org.jline.utils.Display;
import org.jline.utils.InfoCmp.Capability;
import org.jline.utils.NonBlockingReader;

/** A terminal's other screen, with lines that change, until somebody presses q or Ctrl-C; closing it restores the terminal. */
final class Screen implements AutoCloseable {
    private static final int CTRL_C = 3;
    private static final Size UNKNOWN = Size.of(80, 24);

    private final Terminal terminal;
    private final Attributes before;
    private final Display display;
    private final Thread atExit = new Thread(this::restore);

    /**
     * Takes the terminal that standard input and output are.
     *
     * @throws IOException if they are not one
     */
    Screen() throws IOException {
        terminal = TerminalBuilder.builder().system(true).dumb(false).build();
        before = terminal.enterRawMode();
        var raw = terminal.getAttributes();
        raw.setLocalFlag(Attributes.LocalFlag.ISIG, false); // Ctrl-C is a key
        terminal.setAttributes(raw);
        display = new Display(terminal, true);
        Runtime.getRuntime().addShutdownHook(atExit);
        terminal.puts(Capability.enter_ca_mode);
        terminal.puts(Capability.cursor_invisible);
        terminal.puts(Capability.clear_screen);
    }

    /** Shows as many of the lines as there is room for, and as much of each. */
    void show(List<String> lines) {
        var said = terminal.getSize();
        var size = said.getRows() > 0 && said.getColumns() > 0 ? said : UNKNOWN;
        display.resize(size);
        var shown = new ArrayList<AttributedString>();
        for (var line : lines.subList(0, Math.min(size.getRows(), lines.size()))) {
            shown.add(new AttributedString(line).columnSubSequence(0, size.getColumns()));
        }
        display.update(shown, 0);
    }

    /** Waits for so long; returns whether that was enough of it. */
    boolean isEnough(Duration pause) throws IOException {
        long deadline = System.nanoTime() + pause.toNanos();
        for (long left = pause.toMillis(); left > 0; left = (deadline - System.nanoTime()) / 1_000_000) {
            int key = terminal.reader().read(left);
            if (key == 'q' || key == CTRL_C || key == NonBlockingReader.EOF) {
                return true;
            }
        }
        return false;
    }

    private void restore() {
        terminal.puts(Capability.cursor_visible);
        terminal.puts(Capability.exit_ca_mode);
        terminal.flush();
        terminal.setAttributes(before);
    }

    @Override
    public void close() throws IOException {
        Runtime.getRuntime().removeShutdownHook(atExit);
        restore();
        terminal.close();
    }
}
