package luna.sender.cli.bench;

import java.io.Console;
import java.io.PrintWriter;
import java.util.Locale;

/**
 * Shows the progress of a run: on a terminal one line that is overwritten, otherwise one line per
 * second.
 *
 * <p>Owner: one thread.
 */
public final class ProgressLine {
  private static final double MILLI = 1e6;

  /** Moves to the beginning of the line and clears it. */
  private static final String REWRITE = "\r\u001b[K";

  private final PrintWriter out;
  private final boolean quiet;
  private final boolean inPlace = isTerminal();
  private boolean within;

  public ProgressLine(PrintWriter out, boolean quiet) {
    this.out = out;
    this.quiet = quiet;
  }

  public void show(Sample sample) {
    if (quiet) {
      return;
    }
    if (inPlace) {
      out.print(REWRITE + line(sample));
      within = true;
    } else {
      out.println(line(sample));
    }
    out.flush();
  }

  /** Ends the current line. */
  public void end() {
    if (within) {
      out.println();
      out.flush();
      within = false;
    }
  }

  static String line(Sample sample) {
    Sample.Latency latency = sample.latency();
    DeliveryErrors faults = sample.faults();
    return String.format(
        Locale.ROOT,
        "%5.0f s  %,d open  %,d published  %,.0f deliveries/s  p50 %s  p99 %s"
            + "  lost/dup/order/wrong %d/%d/%d/%d",
        sample.seconds(),
        sample.open(),
        sample.published(),
        sample.deliveriesPerSecond(),
        latency == null ? "-" : millis(latency.p50()),
        latency == null ? "-" : millis(latency.p99()),
        faults.lost(),
        faults.duplicated(),
        faults.outOfOrder(),
        faults.wrong());
  }

  private static String millis(long nanos) {
    return String.format(Locale.ROOT, "%.2f ms", nanos / MILLI);
  }

  /**
   * Returns whether the console is a terminal. Newer JDKs have a console even without a terminal,
   * with a method {@code isTerminal}.
   */
  private static boolean isTerminal() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException older) {
      return true;
    }
  }
}
