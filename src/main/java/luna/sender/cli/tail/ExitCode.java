package luna.sender.cli.tail;

/** The exit codes of {@code tail}. */
public final class ExitCode {
  /** Ended normally: by a limit, by a time, or because the output was closed. */
  public static final int DONE = 0;

  /** Could not connect. */
  public static final int NOT_CONNECTED = 1;

  /** Invalid command line, or the server rejected a filter. */
  public static final int USAGE = 2;

  /** The server rejected the token or the account. */
  public static final int REFUSED = 3;

  /** The connection was lost and must not be reopened. */
  public static final int LOST = 4;

  private ExitCode() {}
}
